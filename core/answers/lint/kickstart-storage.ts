import type { Arguments } from './kickstart-arguments.ts';
import type { Report } from './report.ts';
import type { Word } from './shell-words.ts';

interface Partition {
  line: number;
  place: string;
  sizeMiB: number | undefined;
  grows: boolean;
}

interface Volume extends Partition {
  group: string;
}

/** How the disk is divided, gathered from all lines; what contradicts itself is told when the file has ended. */
export class Storage {
  readonly #partitions: Partition[] = [];
  readonly #volumes: Volume[] = [];
  /** What `raid` makes of partitions: a physical volume, too. */
  readonly #arrays: string[] = [];
  readonly #groups = new Map<string, { line: number; members: Word[]; isOld: boolean }>();
  /** Lines that name a disk. */
  readonly #disks: { line: number; disk: string }[] = [];
  /** The only disks that `ignoredisk` leaves. */
  #left: string[] | undefined;
  #encrypted: number | undefined;
  #hasPassphrase = false;
  #autopart: number | undefined;
  #own: { line: number; name: string } | undefined;

  take(line: number, command: string, used: Arguments): void {
    if (command === 'autopart') this.#autopart ??= line;
    this.#takeDisks(line, command, used);
    if (['part', 'partition', 'logvol', 'volgroup', 'raid', 'btrfs'].includes(command))
      this.#own ??= { line, name: command };
    if (command === 'part' || command === 'partition') this.#partitions.push(partitionOf(line, used));
    if (command === 'raid') this.#arrays.push(used.operands[0]?.text ?? '');
    // A thin volume takes from its pool, and may be larger than it.
    if (command === 'logvol' && !used.has('--thin') && !used.has('--poolname'))
      this.#volumes.push({ ...partitionOf(line, used), group: used.value('--vgname') ?? '' });
    if (command === 'volgroup') {
      const [name, ...members] = used.operands;
      const isOld = used.has('--useexisting') || used.has('--noformat');
      if (name) this.#groups.set(name.text, { line, members, isOld });
    }
  }

  #takeDisks(line: number, command: string, used: Arguments): void {
    if (command === 'ignoredisk') this.#left = used.value('--only-use')?.split(',');
    const disk = used.value('--ondisk') ?? used.value('--ondrive');
    if (disk !== undefined) this.#disks.push({ line, disk });
    if (used.has('--encrypted')) this.#encrypted ??= line;
    if (used.has('--passphrase') || used.has('--clevis-pin')) this.#hasPassphrase = true;
  }

  #checkDisks(report: Report): void {
    const left = this.#left;
    const plain = (disk: string): boolean => /^[a-z0-9]+$/.test(disk);
    for (const { line, disk } of this.#disks) {
      if (!left?.every(plain) || !plain(disk) || left.includes(disk)) continue;
      report.error({ line, message: `ignoredisk leaves only ${left.join(', ')}: ${disk} cannot be used.` });
    }
    if (this.#encrypted !== undefined && !this.#hasPassphrase)
      report.warning({
        line: this.#encrypted,
        message: '--encrypted without a --passphrase: the installer asks for it.',
      });
  }

  /** @param isWhole false: something is included that may define what seems to be missing */
  check(report: Report, { isWhole, diskMiB }: { isWhole: boolean; diskMiB: number | undefined }): void {
    if (this.#autopart !== undefined && this.#own) {
      report.error({
        line: Math.max(this.#autopart, this.#own.line),
        message: `autopart and ${this.#own.name} exclude each other.`,
        hint: 'Let autopart divide the disk, or write all of it yourself.',
      });
    }
    if (isWhole) this.#checkReferences(report);
    if (isWhole) this.#checkDisks(report);
    this.#checkTwice(report);
    this.#checkGroups(report);
    if (diskMiB !== undefined) this.#checkDisk(report, diskMiB);
  }

  #checkReferences(report: Report): void {
    const places = new Set([...this.#partitions.map(({ place }) => place), ...this.#arrays]);
    for (const [name, { line, members, isOld }] of this.#groups) {
      if (isOld) continue;
      for (const { text, column } of members.filter(
        member => /^(pv|raid)\./.test(member.text) && !places.has(member.text),
      ))
        report.error({ line, column, message: `No partition is ${text}, which the volume group ${name} is made of.` });
      if (members.length === 0) report.error({ line, message: `The volume group ${name} is made of nothing.` });
    }
    for (const { line, group } of this.#volumes) {
      if (group === '' || this.#groups.has(group)) continue;
      report.error({
        line,
        message: `No volgroup makes the volume group ${group}.`,
        hint: 'Write it before the logical volumes.',
      });
    }
    const members = [...this.#groups.values()].flatMap(one => one.members.map(({ text }) => text));
    for (const { line, place } of this.#partitions.filter(
      one => one.place.startsWith('pv.') && !members.includes(one.place),
    ))
      report.warning({ line, message: `${place} belongs to no volume group.` });
  }

  #checkTwice(report: Report): void {
    const seen = new Map<string, number>();
    for (const { line, place } of [...this.#partitions, ...this.#volumes]) {
      const first = seen.get(place);
      if (first !== undefined && (place.startsWith('/') || /^(pv|raid)\./.test(place)))
        report.warning({ line, message: `${place} stands in line ${first} already.` });
      seen.set(place, first ?? line);
    }
  }

  /** Logical volumes of fixed size must fit into physical ones of fixed size. */
  #checkGroups(report: Report): void {
    for (const [name, { members }] of this.#groups) {
      const parts = members.map(({ text }) => this.#partitions.find(({ place }) => place === text));
      if (parts.length === 0 || parts.some(part => !part || part.grows || part.sizeMiB === undefined)) continue;
      const room = sum(parts.map(part => part?.sizeMiB));
      let used = 0;
      for (const { line, place, sizeMiB } of this.#volumes.filter(({ group }) => group === name)) {
        used += sizeMiB ?? 0;
        if (used <= room) continue;
        report.error({
          line,
          message: `${place} does not fit: ${name} has ${room} MiB, and ${used} MiB are asked of it.`,
        });
        break;
      }
    }
  }

  #checkDisk(report: Report, diskMiB: number): void {
    let used = 0;
    for (const { line, place, sizeMiB } of this.#partitions) {
      used += sizeMiB ?? 0;
      if (used <= diskMiB) continue;
      report.error({
        line,
        message: `${place} does not fit: the disk has ${diskMiB} MiB, and ${used} MiB are asked of it.`,
      });
      return;
    }
  }
}

const sum = (sizes: (number | undefined)[]): number => sizes.reduce<number>((all, one) => all + (one ?? 0), 0);

function partitionOf(line: number, used: Arguments): Partition {
  const size = used.value('--size');
  return {
    line,
    place: used.operands[0]?.text ?? '',
    sizeMiB: size === undefined || !/^\d+$/.test(size) ? undefined : Number(size),
    grows: used.has('--grow') || used.has('--percent') || used.has('--recommended'),
  };
}
