import { Card, CardBody, CardTitle, Label } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import type { LibvirtInfo } from '../../../core/model/engine.ts';
import { Icon } from '../../parts/icons.tsx';

/** The libvirts that machines run on, here and far away. */
export function Libvirts({ libvirts }: { libvirts: LibvirtInfo[] }) {
  return (
    <Card>
      <CardTitle component="h2">libvirt</CardTitle>
      <CardBody>
        <Table aria-label="libvirt connections" variant="compact">
          <Thead>
            <Tr>
              <Th>State</Th>
              <Th>Address</Th>
              <Th>Version</Th>
              <Th>Machines</Th>
              <Th>Ours</Th>
            </Tr>
          </Thead>
          <Tbody>
            {libvirts.map(one => (
              <Tr key={one.uri}>
                <Td dataLabel="State">
                  <State isReachable={one.reason === undefined} />
                </Td>
                <Td dataLabel="Address">
                  <code>{one.uri}</code>
                  {one.reason !== undefined && <div>{one.reason}</div>}
                </Td>
                <Td dataLabel="Version">{one.version}</Td>
                <Td dataLabel="Machines">{one.domains}</Td>
                <Td dataLabel="Ours">{one.ours}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </CardBody>
    </Card>
  );
}

const State = ({ isReachable }: { isReachable: boolean }) => (
  <Label
    color={isReachable ? 'green' : 'orange'}
    icon={<Icon name={isReachable ? 'ok' : 'warning'} size={14} />}
    isCompact
  >
    {isReachable ? 'Answers' : 'Cannot be reached'}
  </Label>
);
