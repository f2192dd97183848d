import { Tree, toCpio } from '../../media/tiny/tree.ts';

/** What our init says on the serial port: only code in user space can have said it. */
export const MARK = 'goldsmith: user space reached';

const LOAD_ADDRESS = 0x400000;
const HEADER_BYTES = 64 + 56; // ELF header, one program header

/** Linux's numbers for x86-64 (asm/unistd_64.h, linux/reboot.h, asm-generic/ioctls.h). */
const SYS = { write: 1, ioctl: 16, reboot: 169 };
const CONSOLE = 1;
const TCSBRK = 0x5409;
const REBOOT_MAGIC = [0xfee1dead, 0x28121969] as const;
const RESTART = 0x01234567;

/**
 * An initial RAM disk whose init writes the mark, waits until the serial port has sent it, and restarts the machine
 * (QEMU runs with -no-reboot and ends). Thirty instructions of our own, so that the proof needs no busybox.
 */
export const proofInitrd = (): Buffer => toCpio(new Tree().file('init', initProgram(), 0o755));

/** A static x86-64 ELF program: header, one loaded segment, the text, the code. */
export function initProgram(): Buffer {
  const text = Buffer.from(`\n${MARK}\n`);
  const code = Buffer.concat([
    systemCall(SYS.write, CONSOLE, LOAD_ADDRESS + HEADER_BYTES, text.length),
    systemCall(SYS.ioctl, CONSOLE, TCSBRK, 1), // tcdrain(3)
    systemCall(SYS.reboot, ...REBOOT_MAGIC, RESTART),
    Buffer.from([0xeb, 0xfe]), // jmp to itself
  ]);
  const size = HEADER_BYTES + text.length + code.length;
  return Buffer.concat([elfHeader(LOAD_ADDRESS + HEADER_BYTES + text.length), programHeader(size), text, code]);
}

/** mov eax, number; mov edi, a; mov esi, b; mov edx, c; syscall */
function systemCall(number: number, a: number, b: number, c: number): Buffer {
  const moves = ([opcode, value]: [number, number]) => [opcode, ...littleEndian(value, 4)];
  const registers: [number, number][] = [
    [0xb8, number],
    [0xbf, a],
    [0xbe, b],
    [0xba, c],
  ];
  return Buffer.from([...registers.flatMap(moves), 0x0f, 0x05]);
}

/** ELF-64, little-endian, System V, executable, x86-64. */
const elfHeader = (entry: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    fields(
      [2, 2],
      [62, 2],
      [1, 4],
      [entry, 8],
      [64, 8],
      [0, 8],
      [0, 4],
      [64, 2],
      [56, 2],
      [1, 2],
      [0, 2],
      [0, 2],
      [0, 2],
    ),
  ]);

/** PT_LOAD, readable and executable, the whole file at LOAD_ADDRESS. */
const programHeader = (size: number): Buffer =>
  fields([1, 4], [5, 4], [0, 8], [LOAD_ADDRESS, 8], [LOAD_ADDRESS, 8], [size, 8], [size, 8], [0x1000, 8]);

const fields = (...values: [value: number, bytes: number][]): Buffer =>
  Buffer.from(values.flatMap(([value, bytes]) => littleEndian(value, bytes)));

const littleEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 2 ** (8 * index)) % 256);
