import { isMap, type Node } from 'yaml';
import type { Problem } from '../../model/failure.ts';
import { AUTOINSTALL_TABLE, CLOUD_CONFIG_TABLE } from './cloud-tables.ts';
import { checkStorageConfig } from './curtin-storage.ts';
import { META_DATA_TABLE, NETWORK_V1_TABLE, NETWORK_V2_TABLE } from './network-tables.ts';
import { type LintOptions, Report } from './report.ts';
import { checkShape, readShape, readYaml, type YamlText } from './yaml-shape.ts';
import {
  AUTOINSTALL_VALUES,
  checkYamlValues,
  META_DATA_VALUES,
  NETWORK_VALUES,
  USER_DATA_VALUES,
} from './yaml-values.ts';

/** Read when they are needed first: a kickstart wants none. */
let shapes: Record<'autoinstall' | 'cloudConfig' | 'network1' | 'network2' | 'metaData', Shape> | undefined;
type Shape = ReturnType<typeof readShape>;

function knownShapes(): NonNullable<typeof shapes> {
  if (shapes) return shapes;
  const autoinstall = readShape(AUTOINSTALL_TABLE);
  // Subiquity's own schema lets other keys pass; the installer ignores them with a warning.
  autoinstall.isClosed = true;
  for (const key of ['ssh', 'keyboard', 'source', 'kernel', 'codecs', 'drivers', 'refresh-installer']) {
    const part = autoinstall.inner.get(key);
    if (part) part.isClosed = true;
  }
  const cloudConfig = readShape(CLOUD_CONFIG_TABLE);
  cloudConfig.inner.set('autoinstall', { ...readShape('. any'), types: ['any'] });
  const [network1, network2, metaData] = [NETWORK_V1_TABLE, NETWORK_V2_TABLE, META_DATA_TABLE].map(readShape) as [
    Shape,
    Shape,
    Shape,
  ];
  shapes = { autoinstall, cloudConfig, network1, network2, metaData };
  return shapes;
}

/** Ubuntu's autoinstall: of its own, or as the `autoinstall` of a cloud-config. */
export function lintAutoinstall(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  const yaml = readYaml(report, text);
  const root = yaml?.document.contents;
  if (!yaml || !root) return report.sorted();
  const inner = isMap(root) ? root.get('autoinstall', true) : undefined;
  const isWrapped = inner !== undefined;
  // On the medium itself subiquity reads the file, and not cloud-init.
  const isOfMedium = /(^|\/)autoinstall\.ya?ml$/.test(options.file);
  if (isWrapped && !isOfMedium && !hasHeader(text)) {
    report.error({
      line: 1,
      message: 'The first line must be #cloud-config: without it cloud-init does not read the file.',
      hint: 'Write #cloud-config as the first line, with nothing before or after it.',
    });
  }
  const known = knownShapes();
  checkShape({ report, yaml, text, unknown: 'warning' }, (inner ?? root) as Node, known.autoinstall, 'autoinstall');
  if (isWrapped) checkShape({ report, yaml, text, unknown: 'warning' }, root, known.cloudConfig, '');
  checkYamlValues(report, yaml, (inner ?? root) as Node, AUTOINSTALL_VALUES);
  checkParts(report, yaml, text, (inner ?? root) as Node);
  checkUnattended(report, yaml, (inner ?? root) as Node);
  return report.sorted();
}

/** The parts that other programs than subiquity read: netplan the network, curtin the storage. */
function checkParts(report: Report, yaml: YamlText, text: string, root: Node): void {
  if (!isMap(root)) return;
  const given = root.get('network', true);
  const inner = isMap(given) ? given.get('network', true) : undefined;
  const network = isMap(inner) ? inner : given;
  if (isMap(network) && network.get('version') === 2) {
    checkShape({ report, yaml, text, unknown: 'warning' }, network, knownShapes().network2, 'network');
    checkYamlValues(report, yaml, network, NETWORK_VALUES);
  }
  const storage = root.get('storage', true);
  if (isMap(storage)) checkStorageConfig(report, yaml, storage.get('config', true));
}

/** As cloud-init looks for it (type_from_starts_with): blank lines before it are nothing. */
const hasHeader = (text: string): boolean => /^\s*#cloud-config\s*$/m.exec(text)?.index === 0;

/** What subiquity stops without: somebody who may log in, and a version. */
function checkUnattended(report: Report, yaml: YamlText, root: Node): void {
  if (!isMap(root)) return;
  const { line } = yaml.lines.linePos(root.range?.[0] ?? 0);
  const has = (key: string): boolean => root.has(key);
  if (!has('version')) report.error({ line, message: 'autoinstall wants version.', hint: 'Write version: 1' });
  const isReset = has('reset-partition-only') || has('interactive-sections');
  if (!has('identity') && !has('user-data') && !has('active-directory') && !isReset)
    report.warning({
      line,
      message: 'Nothing says who may log in: the installer asks.',
      hint: 'Write identity with hostname, username and a crypted password; or user-data.',
    });
  const storage = root.get('storage', true);
  if (isMap(storage) && storage.has('layout') && storage.has('config'))
    report.warning({ ...placeOf(yaml, storage), message: 'storage has layout and config: only config counts.' });
}

const placeOf = (yaml: YamlText, node: Node): { line: number; column: number } => {
  const { line, col } = yaml.lines.linePos(node.range?.[0] ?? 0);
  return { line, column: col };
};

/** Cloud-init's user-data. What is no cloud-config (a script, a MIME archive) is not looked at. */
export function lintUserData(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  if (!hasHeader(text)) {
    const isMeant = /^#cloud-config\s*$/m.test(text) || /^\s*#+\s*cloud[-_ ]?config\b/i.test(text);
    if (isMeant && !/^(## template|#!|Content-Type|MIME-|#include|#cloud-)/.test(text)) {
      report.error({
        line: 1,
        message: '#cloud-config must be the first line: else cloud-init does not read the file.',
      });
    }
    return report.sorted();
  }
  const yaml = readYaml(report, text);
  const root = yaml?.document.contents;
  if (!yaml || !root) return report.sorted();
  checkShape({ report, yaml, text, unknown: 'error' }, root, knownShapes().cloudConfig, '');
  checkYamlValues(report, yaml, root, USER_DATA_VALUES);
  return report.sorted();
}

/** A seed's network-config: version 1, or version 2, which is netplan's. */
export function lintNetworkConfig(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  const yaml = readYaml(report, text);
  const whole = yaml?.document.contents;
  const root = isMap(whole) && whole.items.length === 1 && whole.has('network') ? whole.get('network', true) : whole;
  if (!yaml || !requireMap(report, whole) || !isMap(root)) return report.sorted();
  const version = root.get('version');
  const known = knownShapes();
  if (version === undefined) report.error({ line: 1, message: 'network-config wants version: 1 or 2.' });
  else if (version !== 1 && version !== 2)
    report.error({ ...placeOf(yaml, root.get('version', true) as Node), message: 'There are versions 1 and 2 only.' });
  else {
    checkShape({ report, yaml, text, unknown: 'warning' }, root, version === 1 ? known.network1 : known.network2, '');
    checkYamlValues(report, yaml, root, NETWORK_VALUES);
  }
  return report.sorted();
}

/** A seed's meta-data. */
export function lintMetaData(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  const yaml = readYaml(report, text);
  const root = yaml?.document.contents;
  if (!yaml || !requireMap(report, root) || !isMap(root)) return report.sorted();
  checkShape({ report, yaml, text, unknown: 'warning' }, root, knownShapes().metaData, '');
  checkYamlValues(report, yaml, root, META_DATA_VALUES);
  return report.sorted();
}

/** An empty file is right: cloud-init asks for it, and wants nothing in it. */
function requireMap(report: Report, root: unknown): boolean {
  if (root === null || root === undefined || isMap(root)) return true;
  report.error({ line: 1, message: 'This must be a map: lines of `key: value`.' });
  return false;
}
