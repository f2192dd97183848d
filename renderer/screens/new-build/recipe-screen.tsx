import { Button, PageSection, Split, SplitItem } from '@patternfly/react-core';
import { useEffect, useMemo, useState } from 'react';
import type { Failure } from '../../../core/model/failure.ts';
import type { Plan, RecipeForm } from '../../../core/model/plan.ts';
import { call, useConnection } from '../../link/engine.ts';
import { FailureAlert, Problems } from '../../parts/failure.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { forgetDraft, useDraft } from '../../state/drafts.ts';
import { chosenDriver } from '../../state/driver.ts';
import { go } from '../../state/route.ts';
import { BuildOptionsForm, type ChosenOptions, DEFAULT_OPTIONS } from './options-form.tsx';
import { PlanView } from './plan-view.tsx';
import { given, initialValues, type Values, VariablesForm } from './variables-form.tsx';

interface Props {
  target: string;
  folder: string | undefined;
  /** The build to do again: its variables are filled in. */
  like: string | undefined;
}

interface Place {
  target: string;
  folder?: string;
}

/** One recipe: its variables, the plan that follows from them, and Build. */
export function RecipeScreen({ target, folder, like }: Props) {
  const place = useMemo(() => (folder === undefined ? { target } : { target, folder }), [target, folder]);
  const [form, setForm] = useState<RecipeForm | Failure>();
  const epoch = useConnection(connection => connection.epoch);
  const [before, setBefore] = useState<Before | undefined>(like === undefined ? { variables: {} } : undefined);
  useEffect(() => {
    if (epoch > 0) void call('recipe.form', place).then(reply => setForm(reply.ok ? reply.value : reply.failure));
  }, [place, epoch]);
  useEffect(() => {
    if (like !== undefined)
      void call('build.origin', { build: like }).then(reply => setBefore(reply.ok ? reply.value : { variables: {} }));
  }, [like]);
  if (!form || !before) return <Waiting what="Reading the recipe" />;
  if ('code' in form) {
    return (
      <PageSection isFilled>
        <FailureAlert failure={form} title={`${target} cannot be read`} />
      </PageSection>
    );
  }
  return <Recipe form={form} place={place} before={before} draft={`recipe ${folder} ${target} ${like}`} />;
}

/** What an earlier build was given. */
interface Before {
  variables: Values;
  only?: string;
}

function Recipe({ form, place, before, draft }: { form: RecipeForm; place: Place; before: Before; draft: string }) {
  const initial = useMemo(() => initialValues(form), [form]);
  const [values, setValues] = useDraft(draft, { ...initial, ...before.variables });
  const [options, setOptions] = useState<ChosenOptions>(DEFAULT_OPTIONS);
  const [only, setOnly] = useState(form.builders.length > 1 ? (before.only ?? form.builders[0]) : undefined);
  const [isStarting, setStarting] = useState(false);
  const [refused, setRefused] = useState<Failure>();
  const variables = useMemo(() => given(values, initial), [values, initial]);
  const planned = usePlan(place, variables, only);
  const made = planned.plans?.find(({ builder }) => only === undefined || builder === only);
  const plan = made && withChosen(made, options);
  const hasErrors = planned.failure !== undefined || plan?.problems.some(({ severity }) => severity === 'error');
  const build = async (): Promise<void> => {
    setStarting(true);
    setRefused(undefined);
    const reply = await call('build.start', {
      ...place,
      variables,
      ...options,
      ...chosenDriver(),
      ...(only === undefined ? {} : { only }),
    });
    setStarting(false);
    if (!reply.ok) return setRefused(reply.failure);
    forgetDraft(draft);
    go(['builds', reply.value.build]);
  };
  return (
    <>
      <ScreenHead
        title={`Build ${shortName(form.target)}`}
        text={form.description ?? form.recipe}
        actions={
          <>
            <Button variant="link" onClick={() => go(['new'], place.folder ? { folder: place.folder } : {})}>
              Another recipe
            </Button>
            <Button
              variant="primary"
              isLoading={isStarting}
              isDisabled={isStarting || hasErrors === true}
              onClick={() => void build()}
            >
              {isStarting ? 'Starting …' : plan ? `Build ${plan.version}` : 'Build'}
            </Button>
          </>
        }
      />
      <PageSection isFilled>
        {refused && <FailureAlert failure={refused} title="The build did not start" />}
        {planned.failure && <FailureAlert failure={planned.failure} title="This cannot be built yet" />}
        {plan && <Problems problems={plan.problems.filter(({ severity }) => severity === 'error')} />}
        <Split hasGutter className="gs-two">
          <SplitItem className="gs-form">
            <VariablesForm
              form={form}
              values={values}
              initial={initial}
              failure={planned.failure}
              onChange={(name, value) => setValues({ ...values, [name]: value })}
              onReset={() => setValues(initial)}
            />
            <BuildOptionsForm
              options={options}
              onChange={setOptions}
              builders={form.builders}
              only={only}
              onOnly={setOnly}
            />
          </SplitItem>
          <SplitItem isFilled className="gs-plan">
            {plan ? (
              <PlanView plan={plan} isOld={planned.isReading} />
            ) : (
              !planned.failure && <Waiting what="Working out the plan" later={FIRST_LOOK} />
            )}
          </SplitItem>
        </Split>
      </PageSection>
    </>
  );
}

/** The plan is made without these two: they change nothing in it but the names of what comes out. */
const withChosen = (plan: Plan, { version, channel }: ChosenOptions): Plan => ({
  ...plan,
  version: version || plan.version,
  release: { ...plan.release, channel: channel || plan.release.channel },
});

const FIRST_LOOK =
  'The first time on a host each accelerator is tried with a real kernel. “Build” does not wait for it.';

const shortName = (target: string): string => target.slice(target.lastIndexOf('/') + 1);

/** Typing goes on while the plan of what was typed is made. */
const DEBOUNCE_MS = 350;

interface Planned {
  plans?: Plan[];
  failure?: Failure | undefined;
  isReading: boolean;
}

function usePlan(place: Place, variables: Record<string, string>, only: string | undefined): Planned {
  const [planned, setPlanned] = useState<Planned>({ isReading: true });
  useEffect(() => {
    setPlanned(before => ({ ...before, isReading: true }));
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      const args = { ...place, variables, ...(only === undefined ? {} : { only }) };
      const reply = await call('plan', args, { signal: stop.signal });
      if (stop.signal.aborted) return;
      setPlanned(before =>
        reply.ok ? { plans: reply.value, isReading: false } : { ...before, failure: reply.failure, isReading: false },
      );
    }, DEBOUNCE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [place, variables, only]);
  return planned;
}
