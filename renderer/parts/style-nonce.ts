/** This page's nonce: the content policy lets through only styles that carry it. */
export const STYLE_NONCE = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';

/**
 * xterm.js writes its theme and cell sizes into style elements of its own and has no option for a nonce
 * (xtermjs/xterm.js#4445; remove this when it has): every style element that a script makes here gets ours.
 */
export function giveStylesTheNonce(): void {
  const create = document.createElement.bind(document);
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = STYLE_NONCE;
    return element;
  }) as typeof document.createElement;
}
