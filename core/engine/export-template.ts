import { findTarget, type Target } from '../build/target.ts';
import type { Problem } from '../model/failure.ts';
import type { PlanOptions } from '../model/plan.ts';
import { exportTemplate } from '../recipe/export/template.ts';
import type { EngineDeps } from './deps.ts';
import { mirrorEnvironment } from './mirror.ts';

/** An image of the lab, or one builder of a template, as a Packer template that stands on its own. */
export async function exportAsTemplate(
  deps: EngineDeps,
  name: string,
  options: PlanOptions,
): Promise<{ text: string; problems: Problem[] }> {
  const target = await findTarget(name, { ...options, cwd: deps.cwd, mirror: mirrorEnvironment });
  const { text, problems } = exportTemplate(target.recipe, target.builder);
  return { text, problems: [...problems, ...unsaid(target)] };
}

/** What lab.yaml says and Packer has no word for. */
function unsaid({ image, isBare }: Target): Problem[] {
  if (isBare) return [];
  const parts: [boolean, string][] = [
    [image.seal !== false, 'the seal'],
    [image.tests.length > 0, 'tests'],
    [image.boot.kind === 'direct', 'the direct boot of a kernel (the boot command is written instead)'],
    [image.exports.length > 0, 'exports'],
    [image.iso !== undefined, 'our own ISO as a fallback'],
  ];
  const lost = parts.flatMap(([isThere, what]) => (isThere ? [what] : []));
  if (lost.length === 0) return [];
  const message = `Packer has no word for what lab.yaml says of ${image.name}: ${lost.join(', ')}.`;
  return [{ code: 'unsupported', severity: 'note', message, place: image.place }];
}
