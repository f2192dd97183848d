import { Nav, NavItem, NavList, PageSidebar, PageSidebarBody } from '@patternfly/react-core';
import { useExporting } from '../state/exporting.ts';
import { useLab } from '../state/lab.ts';
import { useRoute } from '../state/route.ts';
import { Icon, type IconName } from './icons.tsx';

const ITEMS: { part: string; title: string; icon: IconName }[] = [
  { part: 'library', title: 'Library', icon: 'library' },
  { part: 'new', title: 'New build', icon: 'add' },
  { part: 'builds', title: 'Builds', icon: 'builds' },
  { part: 'vms', title: 'Test VMs', icon: 'vms' },
  { part: 'exports', title: 'Exports', icon: 'exports' },
  { part: 'host', title: 'Host', icon: 'host' },
];

/** The screens, with how much is going on in them. */
export function Side() {
  const [active = 'library'] = useRoute(route => route.parts);
  const running = useLab(lab => lab.builds?.filter(({ outcome }) => outcome === 'running').length ?? 0);
  const machines = useLab(lab => lab.vms?.filter(({ kind }) => kind !== 'build').length ?? 0);
  const exporting = useExporting(({ running: one }) => (one ? 1 : 0));
  const counts: Record<string, number> = { builds: running, vms: machines, exports: exporting };
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label="Screens">
          <NavList>
            {ITEMS.map(({ part, title, icon }) => (
              <NavItem key={part} itemId={part} isActive={active === part} to={`#/${part}`} icon={<Icon name={icon} />}>
                {title}
                {(counts[part] ?? 0) > 0 && (
                  <span className="gs-count">
                    {counts[part]} <span className="pf-v6-u-screen-reader">running</span>
                  </span>
                )}
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}
