import { defaultHighlightStyle, StreamLanguage, type StreamParser, syntaxHighlighting } from '@codemirror/language';
import { json } from '@codemirror/legacy-modes/mode/javascript';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { xml } from '@codemirror/legacy-modes/mode/xml';
import { yaml } from '@codemirror/legacy-modes/mode/yaml';
import { type Diagnostic, linter, lintGutter } from '@codemirror/lint';
import { search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { Problem } from '../../core/model/failure.ts';
import { useTheme } from '../state/theme.ts';
import { oneDarkHighlightStyle } from './dark-highlight.ts';
import { STYLE_NONCE } from './style-nonce.ts';

const MODES: Record<string, StreamParser<unknown>> = { yaml, yml: yaml, json, xml, cfg: shell, sh: shell, ks: shell };

interface Props {
  text: string;
  kind: string;
  label: string;
  /** What was found in it: marked at its lines. */
  problems?: Problem[];
}

const NONE: Problem[] = [];

/** A text file to be read: line numbers, search, colours by its kind, marks of what is wrong. */
export function Code({ text, kind, label, problems = NONE }: Props) {
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
      ...(problems.length > 0 ? [lintGutter(), linter(view => diagnosticsOf(view.state, problems), { delay: 0 })] : []),
      ...(mode ? [StreamLanguage.define(mode)] : []),
    ];
    const view = new EditorView({ parent: box.current, state: EditorState.create({ doc: text, extensions }) });
    return () => view.destroy();
  }, [text, kind, label, problems, isDark]);
  return <div className="gs-code" ref={box} />;
}

/** A problem without a column is its whole line's; one without a line is the first line's. */
function diagnosticsOf({ doc }: EditorState, problems: Problem[]): Diagnostic[] {
  return problems.map(({ severity, message, hint, place }) => {
    const line = doc.line(Math.min(Math.max(1, place?.line ?? 1), doc.lines));
    const from = Math.min(line.from + (place?.column ?? 1) - 1, line.to);
    return {
      from,
      to: line.to,
      severity: severity === 'note' ? 'info' : severity,
      message: hint ? `${message} ${hint}` : message,
    };
  });
}
