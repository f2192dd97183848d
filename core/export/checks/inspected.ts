import { inspectForeign } from '../../media/foreign/inspect.ts';
import type { QemuFormat } from '../../media/qemu-img.ts';
import { GoldsmithError } from '../../model/failure.ts';
import type { Findings } from './findings.ts';

/** Formats that the inspectors of images from outside know field by field: header, tables, every block. */
export const checkInspected =
  (format: QemuFormat, unitBytes: number) =>
  async (file: string, virtualBytes: number): Promise<Findings> => {
    try {
      const found = await inspectForeign(file);
      if (found.format !== format) return [`it is ${found.format} and not ${format}`];
      const wanted = Math.ceil(virtualBytes / unitBytes) * unitBytes;
      return found.virtualBytes === wanted ? [] : [`its disk has ${found.virtualBytes} bytes and not ${wanted}`];
    } catch (error) {
      if (!(error instanceof GoldsmithError) || error.code !== 'source-unsafe') throw error;
      return [error.message.replace(file, 'it').replace(/\.$/, '')];
    }
  };
