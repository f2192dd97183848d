import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { parse } from 'yaml';
import { FakeContents, type FakeModules } from './stand-in.ts';

/** A started shell: the stand-in it runs on, and the compiled folder it came from. */
export interface Started {
  modules: FakeModules;
  dir: string;
  /** Text of a file of the repository, as the mutant has it. */
  text(file: string): string;
}

export interface Item {
  /** As Electron's own security checklist names it. */
  title: string;
  /** What is wrong; nothing when the rule holds. */
  check(started: Started): string[];
  /** Changes of the compiled code or of a file, each of which must be found: one for each guard of the item. */
  mutants: Mutant[];
}

export interface Mutant {
  file: string;
  from: string;
  to: string;
}

export const FOREIGN = [
  'https://example.com/',
  'http://127.0.0.1:8080/',
  'ws://127.0.0.1:8080/',
  'file:///etc/passwd',
  'app://goldsmith.evil/',
  'app://goldsmith@evil/',
  'app://evil/goldsmith/',
  'data:text/html,<script>1</script>',
  'javascript:alert(1)',
];

export const wrong = (isWrong: boolean, what: string): string[] => (isWrong ? [what] : []);

export const preference =
  (name: string, value: unknown): Item['check'] =>
  ({ modules }) =>
    modules.windows.flatMap(({ options: { webPreferences } }) =>
      wrong(webPreferences[name] !== value, `${name} is ${webPreferences[name]}`),
    );

export const flipped = (name: string, value: boolean): Mutant => ({
  file: 'windows.js',
  from: `${name}: ${value},`,
  to: `${name}: ${!value},`,
});

/** Emits an event that can be prevented on the first window's contents; true when it was. */
export function isPrevented({ modules }: Started, name: string, details: object): boolean {
  let isStopped = false;
  modules.windows[0]?.webContents.emit(name, {
    ...details,
    preventDefault: () => {
      isStopped = true;
    },
  });
  return isStopped;
}

export function isCancelled({ modules }: Started, url: string): boolean {
  let isStopped = false;
  modules.session.defaultSession.before?.({ url }, ({ cancel }) => {
    isStopped = cancel;
  });
  return isStopped;
}

const PERMISSIONS =
  'clipboard-read display-capture mediaKeySystem geolocation media midi midiSysex notifications pointerLock fullscreen openExternal window-management speaker-selection storage-access hid serial usb fileSystem idle-detection keyboardLock'.split(
    ' ',
  );

export function permissions({ modules }: Started): string[] {
  const { request, check, device } = modules.session.defaultSession;
  const granted = PERMISSIONS.flatMap(permission => {
    let isGranted = true;
    request?.({}, permission, is => {
      isGranted = is;
    });
    return wrong(isGranted || check?.({}, permission) !== false, permission);
  });
  return [...granted, ...wrong(device?.() !== false, 'devices')];
}

/** Answers of the app's protocol. */
export const ask = ({ modules }: Started, url: string, method = 'GET'): Response =>
  modules.session.defaultSession.handler?.({ url, method }) ?? new Response(null, { status: 500 });

const POLICY = ["default-src 'none'", "script-src 'self';", "connect-src 'none'", "require-trusted-types-for 'script'"];

export function policy(started: Started): string[] {
  const found = ask(started, 'app://goldsmith/').headers.get('content-security-policy') ?? '';
  return [
    ...POLICY.filter(part => !found.includes(part)),
    ...wrong(/unsafe|\*|https?:/.test(found), 'it allows too much'),
  ];
}

export const TRAVERSALS =
  '/../package.json /..%2fpackage.json /%2e%2e/%2e%2e/etc/passwd //etc/passwd /assets/ /assets/../index.html/x /%00 /index.html%00.js /\\..\\x /./index.html /index.html/ /.git/config'.split(
    ' ',
  );

const EXTERNAL_REFUSED = [
  ...FOREIGN,
  'https://www.debian.org@evil.example/',
  'https://www.debian.org.evil.example/',
  'https://evil.example/?https://www.debian.org/',
  'https://user@www.debian.org/',
  'https://www.debian.org:444/',
  'http://www.debian.org/',
  'HTTPS:\\\\evil\\x',
  '\\\\host\\share',
  'smb://host/share',
  'ms-msdt:/id',
  'vscode://file/etc/passwd',
  'mailto:a@b',
  'ftp://www.debian.org/',
  '',
  ' ',
  'www.debian.org',
  '//www.debian.org',
  ...Array.from({ length: 80 }, (_item, index) => `${'abcdefgh'[index % 8]}${index}://www.debian.org/`),
];

export function external({ modules }: Started): string[] {
  for (const url of EXTERNAL_REFUSED) modules.send('external', [url]);
  modules.send('external', ['https://www.debian.org/distrib/']);
  const opened = modules.opened.splice(0);
  return [
    ...opened.filter(url => url !== 'https://www.debian.org/distrib/'),
    ...wrong(!opened.includes('https://www.debian.org/distrib/'), 'our own links do not open'),
  ];
}

/** Senders and arguments that nothing may be done for. */
export function senders({ modules }: Started): string[] {
  const contents = modules.windows[0]?.webContents;
  const frame = { url: 'app://goldsmith/', parent: contents?.mainFrame };
  modules.send('notify', [{ title: 't', body: 'b' }], { frame });
  modules.send('notify', [{ title: 't', body: 'b' }], { frame: null });
  modules.send('notify', [{ title: 't', body: 'b' }], { frame: { url: 'app://goldsmith.evil/', parent: null } });
  modules.send('notify', [{ title: 't', body: 'b' }], { sender: new FakeContents() });
  for (const args of [[], [1], [{}], [{ title: 't' }], [{ title: 't', body: 'b', icon: '/x' }], [null], ['t', 'b']]) {
    modules.send('notify', args);
  }
  modules.send('progress', ['1']);
  modules.send('progress', [Number.NaN]);
  const done = modules.notified.splice(0).length;
  return [
    ...wrong(done > 0, `${done} of them were answered`),
    ...wrong(modules.windows[0]?.progress !== undefined, 'a wrong share was shown'),
  ];
}

const FUSES = {
  runAsNode: false,
  enableCookieEncryption: true,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true,
  onlyLoadAppFromAsar: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
};

/** Each of them the other way round. */
export const FUSE_MUTANTS: Mutant[] = Object.entries(FUSES).map(([name, value]) => ({
  file: 'electron-builder.yml',
  from: `${name}: ${value}`,
  to: `${name}: ${!value}`,
}));

export function fuses({ text }: Started): string[] {
  const { electronFuses = {} } = parse(text('electron-builder.yml')) as { electronFuses?: Record<string, boolean> };
  return Object.entries(FUSES).flatMap(([name, value]) => wrong(electronFuses[name] !== value, name));
}

/** Electron supports its latest three majors; 45 is current as of 2026-11. */
const OLDEST_SUPPORTED = 43;

export function current({ text }: Started): string[] {
  const { devDependencies } = JSON.parse(text('package.json')) as { devDependencies: Record<string, string> };
  const major = Number(/\d+/.exec(devDependencies['electron'] ?? '')?.[0]);
  return wrong(!(major >= OLDEST_SUPPORTED), `Electron ${major} gets no security fixes any more`);
}

export interface Surface {
  exposed: Record<string, Record<string, unknown>>;
  sent: unknown[][];
  posted: { message: unknown; origin: string; ports: unknown[] }[];
  emit(channel: string, event: { ports: unknown[] }): void;
}

/** Runs the compiled preload script with stand-ins of the two modules that a sandboxed one can have. */
export function runPreload(code: string): Surface {
  const surface: Surface = { exposed: {}, sent: [], posted: [], emit: () => {} };
  const listeners = new Map<string, (event: object) => void>();
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, value: Record<string, unknown>) => {
        surface.exposed[name] = value;
      },
    },
    ipcRenderer: {
      send: (...args: unknown[]) => void surface.sent.push(args),
      on: (channel: string, listener: (event: object) => void) => void listeners.set(channel, listener),
    },
  };
  surface.emit = (channel, event) => listeners.get(channel)?.(event);
  vm.runInNewContext(code, {
    exports: {},
    require: (name: string) => {
      if (name === 'electron') return electron;
      throw new Error(`A sandboxed preload script cannot have ${name}.`);
    },
    location: { origin: 'app://goldsmith' },
    window: {
      postMessage: (message: unknown, origin: string, ports: unknown[] = []) =>
        surface.posted.push({ message, origin, ports }),
    },
  });
  return surface;
}

export function surface({ dir }: Started): string[] {
  const { exposed, sent, posted, emit } = runPreload(readFileSync(`${dir}/preload.cjs`, 'utf8'));
  const names = Object.entries(exposed).flatMap(([world, all]) => Object.keys(all).map(name => `${world}.${name}`));
  for (const all of Object.values(exposed)) {
    for (const value of Object.values(all)) if (typeof value === 'function') value('goldsmith:secret', 'x');
  }
  emit('goldsmith:port', { ports: ['port'] });
  const allowed = ['connect', 'progress', 'notify', 'external'];
  return [
    ...names.filter(name => !allowed.some(one => name === `goldsmith.${one}`)),
    ...sent.flatMap(([channel]) => wrong(!allowed.some(one => channel === `goldsmith:${one}`), String(channel))),
    ...posted.flatMap(({ message, origin }) =>
      wrong(typeof message !== 'string' || origin !== 'app://goldsmith', 'it hands over more than a port'),
    ),
  ];
}
