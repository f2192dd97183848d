import { create } from 'zustand';

/** Where we are: the parts of the address after `#/`, and what is asked for behind its `?`. */
export interface Route {
  parts: string[];
  query: URLSearchParams;
}

function read(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { parts: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

export const useRoute = create<Route>(read);

window.addEventListener('hashchange', () => useRoute.setState(read()));

export const hrefOf = (parts: string[], query: Record<string, string> = {}): string => {
  const search = new URLSearchParams(query).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
};

export function go(parts: string[], query: Record<string, string> = {}): void {
  location.hash = hrefOf(parts, query);
}

/** The same without a step of its own for the browser's way back: one of many moments of a view. */
export function goWithin(parts: string[], query: Record<string, string> = {}): void {
  location.replace(hrefOf(parts, query));
}
