import { GoldsmithError, type Place } from '../../model/failure.ts';
import { engineFunctions } from '../go-template/packer-functions.ts';
import { renderGoTemplate } from '../go-template/render.ts';
import { nameHint } from '../nearest.ts';
import type { Reading } from './reading.ts';

/** What `{{ }}` means in the options of one builder, provisioner or post-processor. */
export interface InterpolationContext {
  buildName: string;
  buildType: string;
  /** Provisioners and post-processors run while the machine does. */
  isBuildKnown: boolean;
}

type Render = (text: string, names: 'all' | readonly string[] | undefined, place: () => Place) => string;

/** Renders `{{ }}` with the engine of the reading. Errors get the place of the option. */
export function interpolation(reading: Reading, context: InterpolationContext): Render {
  const functions = engineFunctions({ ...reading.engine, ...context });
  return (text, names, place) => {
    if (!text.includes('{{')) return text;
    const field = (name: string): undefined => {
      if (names === 'all' || names?.includes(name)) return undefined;
      throw noValue(name, names);
    };
    return located(place, () => renderGoTemplate(text, { functions, field }));
  };
}

function noValue(name: string, names: readonly string[] | undefined): GoldsmithError {
  const hint = names
    ? nameHint(name, names, 'names')
    : 'It has a value only in boot_command, qemuargs, provisioners and post-processors.';
  return new GoldsmithError('bad-recipe', `{{ .${name} }} has no value here.`, { hint });
}

function located<T>(place: () => Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof GoldsmithError) || error.details.place) throw error;
    throw new GoldsmithError(error.code, error.message, { hint: error.hint, details: { place: place() } });
  }
}
