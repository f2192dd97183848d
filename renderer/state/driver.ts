import { create } from 'zustand';

/** Where machines run, as this browser or window remembers it; undefined: as lab.yaml says. */
export interface DriverSetting {
  name: 'qemu' | 'libvirt';
  uri?: string;
}

const KEY = 'goldsmith-driver';

export const useDriver = create<{ driver: DriverSetting | undefined }>(() => ({ driver: read() }));

function read(): DriverSetting | undefined {
  const uri = localStorage.getItem(KEY);
  if (uri === null) return undefined;
  return uri === '' ? { name: 'qemu' } : { name: 'libvirt', uri };
}

export function setDriver(driver: DriverSetting | undefined): void {
  if (driver === undefined) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, driver.uri ?? '');
  useDriver.setState({ driver });
}

/** For calls that take a driver. */
export const chosenDriver = (): { driver?: DriverSetting } => {
  const { driver } = useDriver.getState();
  return driver === undefined ? {} : { driver };
};
