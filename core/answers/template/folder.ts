import { GoldsmithError } from '../../model/failure.ts';
import { snapshot } from '../snapshot.ts';
import { isPartial, renderTemplates, type TemplateValues } from './engine.ts';

/**
 * Renders a folder of templates: what is text is a template and is served under its name; what is not is served as it is.
 * @returns by absolute URL path
 * @throws GoldsmithError `bad-answers` for a folder that cannot be read, a variable that nobody sets, a value that would
 *   not stay one
 */
export async function renderFolder(folder: string, values: TemplateValues): Promise<Map<string, Buffer>> {
  const files = await snapshot(folder);
  const isText = (content: Buffer): boolean => !content.includes(0);
  const texts = new Map(
    files.filter(([, content]) => isText(content)).map(([name, content]) => [name.slice(1), content.toString('utf8')]),
  );
  const rendered = await renderTemplates(texts, values).catch(error => {
    throw inFolder(error, folder);
  });
  return new Map([
    ...files.filter(([name, content]) => !isText(content) && !isPartial(name)),
    ...[...rendered].map(([name, text]) => [`/${name}`, Buffer.from(text)] as const),
  ]);
}

/** The same error, with the whole path of the template. */
function inFolder(error: unknown, folder: string): unknown {
  if (!(error instanceof GoldsmithError) || error.details.place === undefined) return error;
  const { place, ...details } = error.details;
  const { code, message, hint } = error;
  return new GoldsmithError(code, message, {
    hint,
    details: { ...details, place: { ...place, file: `${folder}/${place.file}` } },
    cause: error,
  });
}
