/** The part of log-update that is used, so that it is loaded only on a terminal. */
export interface LogUpdate {
  (text: string): void;
  done(): void;
}

export const openLive = async (): Promise<LogUpdate> => (await import('log-update')).default as LogUpdate;
