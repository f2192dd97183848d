import {
  Button,
  Card,
  CardBody,
  CardTitle,
  Checkbox,
  Form,
  FormGroup,
  FormSelect,
  FormSelectOption,
  Progress,
  TextInput,
} from '@patternfly/react-core';
import { type FormEvent, useEffect, useState } from 'react';
import type { ProgressState } from '../../../core/model/fold.ts';
import type { ExportInfo } from '../../../core/model/hand-off.ts';
import { formatBytes } from '../../../core/model/quantity.ts';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { LOST } from '../../link/client.ts';
import { call } from '../../link/engine.ts';
import { FailureAlert } from '../../parts/failure.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { startExport, stopExport, useExporting } from '../../state/exporting.ts';

type Target = Answers['export.targets'][number];

interface Props {
  refs: string[];
  wanted: string | undefined;
  onDone(): void;
}

/** Choose a release and its targets; then what moves, and what came out. */
export function ExportForm({ refs, wanted, onDone }: Props) {
  const [targets, setTargets] = useState<Target[]>();
  const [ref, setRef] = useState(wanted ?? refs[0] ?? '');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['qcow2']));
  const [dir, setDir] = useState<string>();
  const { running, result } = useExporting();
  useEffect(() => {
    void call('export.targets', {}).then(reply => reply.ok && setTargets(reply.value));
  }, []);
  const folder = dir ?? `${ref.replace('@', '-')}-${stamp()}`;
  const run = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await startExport({ ref, targets: [...chosen], dir: folder }))) return;
    setDir(undefined);
    onDone();
  };
  const toggle = (name: string): void => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    setChosen(next);
  };
  return (
    <Card>
      <CardTitle component="h2">Export a release</CardTitle>
      <CardBody>
        <Form onSubmit={event => void run(event)}>
          <div className="gs-pair">
            <FormGroup label="Release" fieldId="export-ref">
              <FormSelect id="export-ref" value={ref} onChange={(_event, value) => setRef(value)}>
                {refs.map(one => (
                  <FormSelectOption key={one} value={one} label={one} />
                ))}
              </FormSelect>
            </FormGroup>
            <FormGroup label="Folder to make" fieldId="export-dir">
              <TextInput
                id="export-dir"
                className="gs-mono"
                value={folder}
                onChange={(_event, value) => setDir(value)}
              />
            </FormGroup>
          </div>
          <FormGroup role="group" label="Targets" fieldId="export-targets">
            <div className="gs-targets" id="export-targets">
              {!targets && <Waiting what="Reading the targets" />}
              {targets?.map(({ name, summary, notes }) => (
                <Checkbox
                  key={name}
                  id={`target-${name}`}
                  label={name}
                  description={sentences([summary, ...notes])}
                  isChecked={chosen.has(name)}
                  onChange={() => toggle(name)}
                />
              ))}
            </div>
          </FormGroup>
          {running && <Moving of={running.ref} progress={running.progress} />}
          {result && 'code' in result && (
            <FailureAlert
              failure={result}
              title={
                result === LOST ? 'The export goes on without this page' : 'The export failed; nothing was left behind'
              }
            />
          )}
          {result && 'files' in result && <Made info={result} />}
          <div className="gs-actions gs-sticky">
            <Button
              type="submit"
              variant="primary"
              isLoading={running !== undefined}
              isDisabled={running !== undefined || chosen.size === 0 || !targets}
            >
              {running ? 'Exporting …' : `Export in ${chosen.size} ${chosen.size === 1 ? 'format' : 'formats'}`}
            </Button>
            {running && (
              <Button variant="link" onClick={stopExport}>
                Stop
              </Button>
            )}
            {chosen.size === 0 && <span className="gs-muted">Choose at least one target.</span>}
          </div>
        </Form>
      </CardBody>
    </Card>
  );
}

/** Each as a sentence; some have their full stop already, and names keep their own first letter. */
const sentences = (texts: string[]): string =>
  texts.map(text => text.replace(/\.?$/, '.').replace(/^[a-z](?=[a-z]* )/, letter => letter.toUpperCase())).join(' ');

/** `20261121-0931`: a name of its own for each folder. */
const stamp = (): string => new Date().toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');

function Moving({ of, progress }: { of: string; progress: ProgressState | undefined }) {
  if (!progress) return <Progress title={`Reading ${of}`} value={0} size="sm" measureLocation="none" />;
  const { what, done, total, unit } = progress;
  const percent = unit === 'percent' ? done : total ? Math.round((100 * done) / total) : 0;
  const amount = unit === 'bytes' ? `: ${formatBytes(done)}` : '';
  return <Progress title={`${of}: ${what}${amount}`} value={percent} size="sm" />;
}

function Made({ info }: { info: ExportInfo }) {
  return (
    <section aria-label="What was made" className="gs-made">
      <h3>
        {info.image}@{info.version} is in <span className="gs-mono">{info.dir}</span>
      </h3>
      <ul className="gs-mono">
        {info.files.map(({ file, bytes, sha256 }) => (
          <li key={file}>
            {file}{' '}
            <span className="gs-muted">
              {formatBytes(bytes)}, sha256 {sha256.slice(0, 16)}…
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
