/** Our own small set of line icons (24 x 24, currentColor): a whole icon font would weigh more than the app. */
const PATHS = {
  library: 'M4 5h16v4H4zM4 9v10h16V9M9 13h6',
  add: 'M12 5v14M5 12h14',
  builds: 'M14.500 5.500l4 4M13 7l4 4-8.500 8.500-4-4zM15 3l6 6',
  vms: 'M3 5h18v11H3zM9 20h6M12 16v4M8 10l2.500 1.500L8 13',
  exports: 'M12 15V4M8 8l4-4 4 4M5 14v6h14v-6',
  host: 'M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M4.900 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400',
  moon: 'M20 14.500A8 8 0 119.500 4a6.500 6.500 0 0010.500 10.500z',
  search: 'M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l4.500 4.500',
  ok: 'M5 12.500l4.500 4.500L19 7.500',
  failed: 'M6 6l12 12M18 6L6 18',
  stop: 'M7 7h10v10H7z',
  clock: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l3.500 2',
  screen: 'M3 5h18v12H3zM8 21h8',
  terminal: 'M3 5h18v14H3zM7 9l3 3-3 3M12 15h5',
  expand: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
  copy: 'M8 8h12v12H8zM16 8V4H4v12h4',
  folder: 'M3 6h6l2 2h10v11H3z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  warning: 'M12 4l9.500 16h-19zM12 10v4M12 17h.01',
  info: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v6M12 7.500h.01',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  play: 'M8 5l11 7-11 7z',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: what it says is always said in words beside it, or by its button's label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.800"
      strokeLinecap="round"
      strokeLinejoin="round"
      className="gs-icon"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
