import type { Finding } from '../model/explanation.ts';
import type { Facts, Said } from './facts.ts';
import type { Rule } from './rule.ts';
import { GUEST_RULES } from './rules-guest.ts';
import { HOST_RULES } from './rules-host.ts';
import { PROVISION_RULES } from './rules-provision.ts';

/** The most telling first: what a rule of a higher line says, one further down only follows from. */
export const RULES: readonly Rule[] = [...HOST_RULES, ...PROVISION_RULES, ...GUEST_RULES];

const MOST_FINDINGS = 3;
/** Lines before the one that says it. */
const CONTEXT_LINES = 3;

/** Why a build stopped, by the rules. */
export function explain(facts: Facts, rules: readonly Rule[] = RULES): Finding[] {
  if (!facts.failure) return [];
  const found = rules.flatMap(rule => findingOf(rule, facts));
  return found.slice(0, MOST_FINDINGS);
}

function findingOf(rule: Rule, facts: Facts): Finding[] {
  const { failure, said } = facts;
  if (rule.codes && !rule.codes.some(code => code === failure?.code)) return [];
  if (rule.steps && !rule.steps.some(step => step === failure?.step)) return [];
  if (rule.isTrue && !rule.isTrue(facts)) return [];
  // The last one counts: what came first may have been mended.
  const nth = said.findLastIndex(({ where, text }) => rule.where.includes(where) && rule.pattern.test(text));
  const groups = said[nth] && rule.pattern.exec(said[nth].text);
  if (!groups) return [];
  return [
    {
      rule: rule.name,
      reason: filled(rule.reason, groups),
      evidence: evidenceAt(said, nth),
      tries: rule.tries.map(text => filled(text, groups)),
    },
  ];
}

/** The line and those before it from the same source. */
function evidenceAt(said: Said[], nth: number): string[] {
  const where = said[nth]?.where;
  const same = said.slice(0, nth + 1).filter(one => one.where === where);
  return same.slice(-1 - (where === 'failure' || where === 'request' ? 0 : CONTEXT_LINES)).map(({ text }) => text);
}

/** With the build's own name in what is to be tried. */
export const named = (finding: Finding, build: string): Finding => ({
  ...finding,
  tries: finding.tries.map(text => text.replace(/\bBUILD\b/g, build)),
});

const filled = (text: string, groups: RegExpExecArray): string =>
  text
    .replace(/\{(\d)\}/g, (_whole, nth: string) => groups[Number(nth)] ?? '')
    .replace(/ +/g, ' ')
    .trim();
