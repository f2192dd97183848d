import { FormSelect, FormSelectOption, TextInput } from '@patternfly/react-core';
import { setDriver, useDriver } from '../state/driver.ts';

const SESSION = 'qemu:///session';

const WHERE = {
  lab: 'As lab.yaml says',
  qemu: 'QEMU on this host, directly',
  libvirt: 'A libvirt, here or far away',
} as const;

/** What runs machines: chosen once, remembered here. */
export function DriverField({ id }: { id: string }) {
  const { driver } = useDriver();
  const choose = (value: string): void =>
    setDriver(value === 'lab' ? undefined : value === 'qemu' ? { name: 'qemu' } : { name: 'libvirt', uri: SESSION });
  return (
    <>
      <FormSelect id={id} value={driver?.name ?? 'lab'} onChange={(_event, value) => choose(value)}>
        {Object.entries(WHERE).map(([value, label]) => (
          <FormSelectOption key={value} value={value} label={label} />
        ))}
      </FormSelect>
      {driver?.name === 'libvirt' && (
        <TextInput
          className="gs-mono"
          aria-label="Address of the libvirt"
          placeholder="qemu+ssh://user@host/system"
          value={driver.uri ?? ''}
          onChange={(_event, uri) => setDriver({ name: 'libvirt', uri: uri.trim() || SESSION })}
        />
      )}
    </>
  );
}
