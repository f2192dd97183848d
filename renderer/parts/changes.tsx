import { ExpandableSection } from '@patternfly/react-core';
import { Table, Tbody, Td, Th, Thead, Tr } from '@patternfly/react-table';
import { useState } from 'react';

interface Props {
  title: string;
  /** Above the three columns: what it is, and what it is on either side. */
  heads: [string, string, string];
  rows: [string, string, string][];
  isOpen?: boolean;
}

/** What differs in one respect, side by side; nothing where nothing does. */
export function Changes({ title, heads, rows, isOpen = false }: Props) {
  const [isExpanded, setExpanded] = useState(isOpen);
  if (rows.length === 0) return null;
  return (
    <ExpandableSection
      toggleText={`${title} (${rows.length})`}
      isExpanded={isExpanded}
      onToggle={(_event, isOn) => setExpanded(isOn)}
      isIndented
    >
      <Table variant="compact" aria-label={title} className="gs-changes">
        <Thead>
          <Tr>
            {heads.map(head => (
              <Th key={head}>{head}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>
          {rows.map(([name, one, other]) => (
            <Tr key={name}>
              <Td dataLabel={heads[0]} className="gs-mono">
                {name}
              </Td>
              <Td dataLabel={heads[1]} className="gs-mono gs-lined">
                {one}
              </Td>
              <Td dataLabel={heads[2]} className="gs-mono gs-lined">
                {other}
              </Td>
            </Tr>
          ))}
        </Tbody>
      </Table>
    </ExpandableSection>
  );
}
