// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are HCL
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { GoldsmithError } from '../../core/model/failure.ts';
import { Folder } from './folder.ts';
import { BITS, changed, HCL, LEGACY } from './mutate.ts';

const folder = new Folder();
afterAll(() => folder.end());

/** One change: at a place (0 to 1 of the text), so many characters give way to something. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(20),
  bit: fc.oneof(fc.constantFrom(...BITS), fc.string({ maxLength: 3 }), fc.constant('')),
  times: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(500, 5000) }),
});

describe('a mutated template is read, or refused with a message and a place', () => {
  it.each([
    ['HCL2', 'm.pkr.hcl', HCL],
    ['JSON', 'm.json', LEGACY],
  ])('%s', async (_, name, text) => {
    folder.write({ [name]: text });
    expect((await folder.read(name)).builders).toHaveLength(1);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async changes => {
        folder.write({ [name]: changed(text, changes) });
        const error: unknown = await folder.read(name).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error === undefined) return;
        expect(error).toBeInstanceOf(GoldsmithError);
        if (!(error instanceof GoldsmithError)) return;
        expect(['bad-recipe', 'unsupported']).toContain(error.code);
        expect(error.message).not.toBe('');
        expect(error.details.place?.file).toContain(name);
      }),
      { numRuns: 700 },
    );
  });
});
