import '@xterm/xterm/css/xterm.css';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal as Xterm } from '@xterm/xterm';
import { useEffect, useRef } from 'react';
import { useTheme } from '../state/theme.ts';
import { watchForLeaving } from './leave-console.ts';
import { giveStylesTheNonce } from './style-nonce.ts';
import { guardTerminal } from './terminal-guard.ts';

giveStylesTheNonce();

/** Lines above the screen; a guest cannot make it more. */
const SCROLLBACK = 10_000;

const COLOURS = {
  dark: { background: '#11141a', foreground: '#e6e6e6', cursor: '#f5b82e', selectionBackground: '#3d4f73' },
  light: {
    background: '#ffffff',
    foreground: '#1b1d21',
    cursor: '#8a5a00',
    selectionBackground: '#bcd6f7',
    // The usual bright colours cannot be read on white.
    black: '#1b1d21',
    red: '#b1180c',
    green: '#1e6b1e',
    yellow: '#7a5600',
    blue: '#0b4fb3',
    magenta: '#86219c',
    cyan: '#0b6470',
    white: '#5c5f66',
    brightBlack: '#5c5f66',
    brightRed: '#b1180c',
    brightGreen: '#1e6b1e',
    brightYellow: '#7a5600',
    brightBlue: '#0b4fb3',
    brightMagenta: '#86219c',
    brightCyan: '#0b6470',
    brightWhite: '#1b1d21',
  },
} as const;

/** How a terminal is fed and what becomes of its keys. */
export interface TerminalSource {
  /** Starts; `write` calls back when the bytes are on the screen. Returns its end. */
  connect(terminal: TerminalSink): () => void;
  onInput(bytes: Uint8Array): void;
  onResize?(size: { columns: number; rows: number }): void;
}

export interface TerminalSink {
  write(bytes: Uint8Array | string, done?: () => void): void;
  clear(): void;
  size(): { columns: number; rows: number };
}

const encoder = new TextEncoder();

/** A terminal whose guest is not trusted: see terminal-guard.ts. */
export function Terminal({
  source,
  label,
  isReadOnly,
}: {
  source: TerminalSource;
  label: string;
  isReadOnly?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Xterm>(undefined);
  const isDark = useTheme(theme => theme.isDark);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the theme must not end the session; see below
  useEffect(() => {
    if (!box.current) return;
    const xterm = new Xterm({
      allowProposedApi: false,
      convertEol: false,
      cursorBlink: false,
      disableStdin: isReadOnly ?? false,
      fontFamily: '"Red Hat Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace',
      fontSize: 13,
      linkHandler: { activate: () => {} },
      minimumContrastRatio: 4.5,
      screenReaderMode: true,
      scrollback: SCROLLBACK,
      theme: isDark ? COLOURS.dark : COLOURS.light,
      windowOptions: {},
    });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    const isAnswer = guardTerminal(xterm);
    xterm.open(box.current);
    xterm.textarea?.setAttribute('aria-label', label);
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(box.current);
    fit.fit();
    xterm.onData(text => !isAnswer(text) && source.onInput(encoder.encode(text)));
    xterm.onResize(({ cols, rows }) => source.onResize?.({ columns: cols, rows }));
    terminal.current = xterm;
    const end = source.connect({
      write: (bytes, done) => xterm.write(bytes, done),
      clear: () => xterm.reset(),
      size: () => ({ columns: xterm.cols, rows: xterm.rows }),
    });
    const stopWatching = watchForLeaving(box.current);
    return () => {
      end();
      stopWatching();
      observer.disconnect();
      xterm.dispose();
      terminal.current = undefined;
    };
  }, [source, label, isReadOnly]);
  useEffect(() => {
    if (terminal.current) terminal.current.options.theme = isDark ? COLOURS.dark : COLOURS.light;
  }, [isDark]);
  return <div className="gs-console gs-terminal" ref={box} />;
}
