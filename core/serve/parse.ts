import { z } from 'zod';
import { ARGUMENTS, STREAM_ARGUMENTS } from '../../electron/ipc/arguments.ts';
import type { CallName, StreamKind } from '../../electron/ipc/contract.ts';
import type { FromPage } from '../../electron/ipc/wire.ts';
import { GoldsmithError } from '../model/failure.ts';

const number = z.number().int().min(1).max(0xffff_ffff);
const bytes = z.number().int().min(0).max(0xffff_ffff);
const callName = z.enum(Object.keys(ARGUMENTS) as [CallName, ...CallName[]]);
const streamKind = z.enum(Object.keys(STREAM_ARGUMENTS) as [StreamKind, ...StreamKind[]]);

const message = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('call'), id: number, name: callName, args: z.unknown() }),
  z.strictObject({ t: z.literal('abort'), id: number }),
  z.strictObject({ t: z.literal('open'), stream: number, kind: streamKind, args: z.unknown() }),
  z.strictObject({ t: z.literal('control'), stream: number, value: z.unknown() }),
  z.strictObject({ t: z.literal('credit'), stream: number, bytes }),
  z.strictObject({ t: z.literal('close'), stream: number }),
]);

/** A message of a page, or undefined for anything else. */
export function parseMessage(text: string): FromPage | undefined {
  try {
    const parsed = message.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as FromPage) : undefined;
  } catch {
    return undefined;
  }
}

/** Arguments as their schema wants them. @throws GoldsmithError `usage` naming the field */
export function parseArguments(schema: z.ZodType, args: unknown, what: string): unknown {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'the arguments';
  throw new GoldsmithError('usage', `${what}: ${field}: ${issue?.message ?? 'wrong'}`);
}
