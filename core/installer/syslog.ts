import { plainText } from '../model/plain-text.ts';

/** One message of an installer's log, without its transport frame. */
export interface LogMessage {
  /** 0 (emergency) to 7 (debug), RFC 5424 section 6.2.1; undefined when the sender gave none. */
  severity?: number;
  /** Tag and message as they stand in the installer's own log, e.g. `anna[21]: DEBUG: retrieving ...`. */
  text: string;
}

const PRIORITY = /^<(\d{1,3})>/;
/** RFC 3164: `Nov 20 10:00:00 `; busybox sends it without a host name. */
const BSD_TIME = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /;
/** The sender's name, which rsyslog (Anaconda) sends between time and tag. */
const BSD_HOST = /^[\w.-]+ (?=[\w./()-]+(?:\[\d+\])?: )/;
/** RFC 5424: `1 TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA `. */
const RFC_5424 = /^1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|(?:\[(?:[^\]"]|"(?:\\.|[^"\\])*")*\])+) ?\uFEFF?/;

/** One datagram as its messages: a sender may put several lines into one. Control characters are dropped. */
export function parseSyslog(datagram: string): LogMessage[] {
  const priority = PRIORITY.exec(datagram);
  const value = priority ? Number(priority[1]) : undefined;
  const rest = datagram.slice(priority?.[0].length ?? 0);
  const severity = value === undefined || value > 191 ? {} : { severity: value % 8 };
  return withoutHeader(rest)
    .split(/\r?\n/)
    .map(line => plainText(line))
    .filter(line => line !== '')
    .map(text => ({ ...severity, text }));
}

function withoutHeader(text: string): string {
  const modern = RFC_5424.exec(text);
  if (!modern) return BSD_TIME.test(text) ? text.replace(BSD_TIME, '').replace(BSD_HOST, '') : text;
  const [frame, , , app, process] = modern;
  const tag = app === '-' ? '' : process === '-' ? `${app}: ` : `${app}[${process}]: `;
  return tag + text.slice(frame.length);
}
