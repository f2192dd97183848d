import { defaultHighlightStyle, StreamLanguage, type StreamParser, syntaxHighlighting } from '@codemirror/language';
import { json } from '@codemirror/legacy-modes/mode/javascript';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { xml } from '@codemirror/legacy-modes/mode/xml';
import { yaml } from '@codemirror/legacy-modes/mode/yaml';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { useTheme } from '../state/theme.ts';
import { oneDarkHighlightStyle } from './dark-highlight.ts';
import { STYLE_NONCE } from './style-nonce.ts';

const MODES: Record<string, StreamParser<unknown>> = { yaml, yml: yaml, json, xml, cfg: shell, sh: shell, ks: shell };

/** A text file to be read: line numbers, search, colours by its kind. */
export function Code({ text, kind, label }: { text: string; kind: string; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const isDark = useTheme(theme => theme.isDark);
  useEffect(() => {
    if (!box.current) return;
    const mode = MODES[kind];
    const extensions: Extension[] = [
      EditorView.cspNonce.of(STYLE_NONCE),
      EditorState.readOnly.of(true),
      EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
      EditorView.theme({}, { dark: isDark }),
      EditorView.lineWrapping,
      lineNumbers(),
      search({ top: true }),
      keymap.of(searchKeymap),
      syntaxHighlighting(isDark ? oneDarkHighlightStyle : defaultHighlightStyle),
      ...(mode ? [StreamLanguage.define(mode)] : []),
    ];
    const view = new EditorView({ parent: box.current, state: EditorState.create({ doc: text, extensions }) });
    return () => view.destroy();
  }, [text, kind, label, isDark]);
  return <div className="gs-code" ref={box} />;
}
