import { create } from 'zustand';

export type Theme = 'light' | 'dark' | 'system';

const KEY = 'goldsmith-theme';
const DARK = 'pf-v6-theme-dark';
const prefersDark = matchMedia('(prefers-color-scheme: dark)');

const stored = localStorage.getItem(KEY);

export const useTheme = create<{ theme: Theme; isDark: boolean }>(() => ({
  theme: stored === 'light' || stored === 'dark' ? stored : 'system',
  isDark: false,
}));

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  useTheme.setState({ theme });
  apply();
}

function apply(): void {
  const { theme } = useTheme.getState();
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark.matches);
  document.documentElement.classList.toggle(DARK, isDark);
  useTheme.setState({ isDark });
}

prefersDark.addEventListener('change', apply);
apply();
