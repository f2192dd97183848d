import {
  Button,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  PageToggleButton,
  ToggleGroup,
  ToggleGroupItem,
} from '@patternfly/react-core';
import { useLab } from '../state/lab.ts';
import { setTheme, useTheme } from '../state/theme.ts';
import { Icon } from './icons.tsx';
import { openPalette } from './palette.tsx';

/** Name, lab, command palette, light or dark. */
export function Header() {
  const about = useLab(lab => lab.about);
  return (
    <Masthead display={{ default: 'inline' }}>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component="a" href="#/library" className="gs-brand">
            <img src="./icon.svg" alt="" width="28" height="28" />
            <span>Goldsmith</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <div className="gs-header">
          <span className="gs-lab" title={about?.lab ?? about?.folder}>
            {about ? `${about.lab ? 'Lab' : 'Folder'} ${about.folder} on ${about.host}` : ''}
          </span>
          <Button variant="tertiary" onClick={openPalette} icon={<Icon name="search" size={16} />}>
            Find or do <kbd>Ctrl K</kbd>
          </Button>
          <ThemeSwitch />
        </div>
      </MastheadContent>
    </Masthead>
  );
}

function ThemeSwitch() {
  const { theme, isDark } = useTheme();
  return (
    <ToggleGroup aria-label="Light or dark" isCompact>
      <ToggleGroupItem
        icon={<Icon name="sun" size={16} />}
        aria-label="Light"
        isSelected={theme === 'light' || (theme === 'system' && !isDark)}
        onChange={() => setTheme('light')}
      />
      <ToggleGroupItem
        icon={<Icon name="moon" size={16} />}
        aria-label="Dark"
        isSelected={theme === 'dark' || (theme === 'system' && isDark)}
        onChange={() => setTheme('dark')}
      />
    </ToggleGroup>
  );
}
