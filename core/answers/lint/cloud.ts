import { isMap, type Node } from 'yaml';
import type { Problem } from '../../model/failure.ts';
import { AUTOINSTALL_TABLE, CLOUD_CONFIG_TABLE } from './cloud-tables.ts';
import { type LintOptions, Report } from './report.ts';
import { checkShape, readShape, readYaml } from './yaml-shape.ts';

/** Read when they are needed first: a kickstart wants none. */
let shapes: { autoinstall: ReturnType<typeof readShape>; cloudConfig: ReturnType<typeof readShape> } | undefined;

function knownShapes(): NonNullable<typeof shapes> {
  if (shapes) return shapes;
  const autoinstall = readShape(AUTOINSTALL_TABLE);
  // Subiquity's own schema lets other keys pass; the installer ignores them with a warning.
  autoinstall.isClosed = true;
  const cloudConfig = readShape(CLOUD_CONFIG_TABLE);
  cloudConfig.inner.set('autoinstall', { ...readShape('. any'), types: ['any'] });
  shapes = { autoinstall, cloudConfig };
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
  if (isWrapped && !/^#cloud-config\s*$/m.test(text.split('\n', 1)[0] ?? '')) {
    report.error({
      line: 1,
      message: 'The first line must be #cloud-config: without it cloud-init does not read the file.',
      hint: 'Write #cloud-config as the first line, with nothing before or after it.',
    });
  }
  const known = knownShapes();
  checkShape({ report, yaml, text, unknown: 'warning' }, (inner ?? root) as Node, known.autoinstall, 'autoinstall');
  if (isWrapped) checkShape({ report, yaml, text, unknown: 'warning' }, root, known.cloudConfig, '');
  return report.sorted();
}

/** Cloud-init's user-data. What is no cloud-config (a script, a MIME archive) is not looked at. */
export function lintUserData(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  if (!/^#cloud-config\s*$/.test(text.split('\n', 1)[0] ?? '')) {
    if (/^#cloud-config\s*$/m.test(text) && !/^(## template|#!|Content-Type|MIME-|#include|#cloud-)/.test(text)) {
      report.error({
        line: 1,
        message: '#cloud-config must be the first line: else cloud-init does not read the file.',
      });
    }
    return report.sorted();
  }
  const yaml = readYaml(report, text);
  const root = yaml?.document.contents;
  if (yaml && root) checkShape({ report, yaml, text, unknown: 'error' }, root, knownShapes().cloudConfig, '');
  return report.sorted();
}

/** Any other YAML of a seed: its syntax, and that it is a map. */
export function lintYamlMap(text: string, options: LintOptions): Problem[] {
  const report = new Report(options.file, text);
  const yaml = readYaml(report, text);
  if (yaml?.document.contents && !isMap(yaml.document.contents)) {
    report.error({ line: 1, message: 'This must be a map: lines of `key: value`.' });
  }
  return report.sorted();
}
