import { Document, isMap, type Pair, Scalar, stringify, type YAMLMap } from 'yaml';
import type { RecipeVariable } from '../../model/recipe.ts';
import type { BuiltInRecipe } from './catalogue.ts';

const HEAD = (name: string, recipe: BuiltInRecipe): string => ` A lab of Goldsmith: ${recipe.title}.

   goldsmith plan ${name}     everything a build would do, and nothing is made
   goldsmith build ${name}    from the installer to a tested release
   goldsmith run ${name}      a throwaway machine of the release`;

/** What each part of an image is for, where a comment helps. */
const REMARKS: Readonly<Record<string, string>> = {
  signed_by: " The keys that must have signed the vendor's checksum file.",
  iso: " Where the vendor's ISO cannot be had, one is made from Debian's archive.",
  boot: ' Kernel and initrd are taken from the ISO and booted at once: nothing is typed.',
  timeouts: ' For emulation; with KVM an installation takes a few minutes.',
  tests: ' Each is run in the booted image; only an image that passes them all is released.',
  boot_test: ' How the throwaway machine of the tests is logged in to.',
};

/**
 * A lab.yaml with one image. Every variable of the recipe stands in it, commented out with its default, so that nobody
 * has to look for what can be set.
 * @param variables of the recipe, with the values that its variable file gives them
 */
export function labText(name: string, recipe: BuiltInRecipe, variables: RecipeVariable[]): string {
  const folder = `packer/${recipe.template}`;
  const document = new Document({
    images: {
      [name]: {
        description: recipe.title,
        recipe: folder,
        ...(recipe.variableFile === undefined ? {} : { variable_files: [`${folder}/${recipe.variableFile}`] }),
        ...recipe.image,
      },
    },
  });
  document.commentBefore = HEAD(name, recipe);
  const image = document.getIn(['images', name]) as YAMLMap<Scalar<string>>;
  for (const pair of image.items) remark(pair as Pair<Scalar<string>, unknown>);
  return `${document.toString({ lineWidth: 120 })}\n${variablesText(variables)}`;
}

function remark(pair: Pair<Scalar<string>, unknown>): void {
  const text = REMARKS[String(pair.key)];
  if (text === undefined) return;
  const key = new Scalar(String(pair.key));
  key.commentBefore = text;
  pair.key = key;
  if (isMap(pair.value)) pair.value.flow = true;
}

/** The recipe's variables as comments at the indent of an image's keys, so that taking the # away sets them. */
function variablesText(variables: RecipeVariable[]): string {
  const shown = variables.flatMap(({ name, description, value, sensitive }) => [
    ...(description === undefined ? [] : [`    #   # ${description}`]),
    `    #   ${stringify({ [name]: sensitive ? '' : value }, { lineWidth: 0, collectionStyle: 'flow' })
      .trim()
      .replace(/^\{ ?(.*?) ?\}$/s, '$1')}`,
  ]);
  return [
    '    # What the recipe asks, with its defaults. Take the # of `variables:` away, and of what you change.',
    '    # variables:',
    ...shown,
    '',
  ].join('\n');
}
