import { type FileHandle, open } from 'node:fs/promises';

/** What is wrong with an artifact, in a sentence each; empty when nothing is. */
export type Findings = string[];

export const findings = (rules: [isRight: boolean, wrong: string][]): Findings =>
  rules.flatMap(([isRight, wrong]) => (isRight ? [] : [wrong]));

export async function withFile<T>(file: string, act: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file);
  try {
    return await act(handle);
  } finally {
    await handle.close();
  }
}

export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  await handle.read(bytes, 0, length, offset);
  return bytes;
}
