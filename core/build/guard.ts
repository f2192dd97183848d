import type { Vm, VmExit } from '../drivers/driver.ts';
import { GoldsmithError } from '../model/failure.ts';

/**
 * Stands beside everything a build waits for: when the machine dies, the installer stops or the kernel panics, the
 * wait ends at once with that reason instead of a time-out that says nothing.
 */
export class Guard {
  readonly #stopped: Promise<never>;
  #stop: (error: Error) => void = () => {};

  /** @param signal Its abort ends every wait too. */
  constructor(signal: AbortSignal) {
    this.#stopped = new Promise((_resolve, reject) => {
      this.#stop = reject;
    });
    this.#stopped.catch(() => {}); // told to whoever waits, if anybody does
    signal.addEventListener('abort', () => this.stop(signal.reason as Error), { once: true });
  }

  /** Ends the present wait, and every later one, with `error`. Only the first call counts. */
  stop(error: Error): void {
    this.#stop(error);
  }

  /** Watches a machine; its end counts as a failure unless `isExpected`, asked when it happens, says it was wanted. */
  watch(vm: Vm, isExpected: () => boolean = () => false): void {
    void vm.exited.then(exit => {
      if (!isExpected()) this.stop(deathOf(exit));
    });
  }

  during<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {}); // the race may be over before it fails
    return Promise.race([work, this.#stopped]);
  }
}

/** A machine that ended by itself, with the hypervisor's last words. */
export function deathOf(exit: VmExit): GoldsmithError {
  if (exit.isExpected) {
    return new GoldsmithError('guest-unreachable', 'The guest powered itself off before the build was done with it.', {
      hint: 'Look at the end of the serial log and at the last provisioner.',
    });
  }
  if (exit.isUnseen) {
    return new GoldsmithError('libvirt-failed', `The machine is out of sight: ${exit.reason}.`, {
      hint: 'It may still run. Once its libvirt answers again, goldsmith clean removes what is left of it.',
    });
  }
  const words = exit.lastLines.at(-1);
  return new GoldsmithError('qemu-failed', `The virtual machine died: ${exit.reason}${words ? `: ${words}` : ''}.`, {
    details: { lastLines: exit.lastLines },
  });
}

/** Rejects with `timed-out` after `limitMs`; undefined means no limit. */
export async function within<T>(limitMs: number | undefined, what: string, work: Promise<T>): Promise<T> {
  if (limitMs === undefined) return work;
  work.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new GoldsmithError('timed-out', `${what} took longer than ${limitMs / 1000} s.`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
