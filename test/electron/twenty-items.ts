import {
  ask,
  current,
  external,
  FOREIGN,
  FUSE_MUTANTS,
  flipped,
  fuses,
  type Item,
  isCancelled,
  isPrevented,
  permissions,
  policy,
  preference,
  senders,
  surface,
  TRAVERSALS,
  wrong,
} from './item-checks.ts';

/** Electron's own security checklist: what holds here, and what would have to be noticed. */
export const ITEMS: Item[] = [
  {
    title: '1. Only load secure content',
    check: started => [
      ...started.modules.windows.flatMap(({ loaded }) => loaded.filter(url => !url.startsWith('app://goldsmith/'))),
      ...FOREIGN.filter(url => !isCancelled(started, url)),
      ...wrong(isCancelled(started, 'app://goldsmith/assets/x.js'), 'our own files'),
    ],
    mutants: [{ file: 'guards.js', from: 'cancel: !ALLOWED_REQUESTS.test(url)', to: 'cancel: false' }],
  },
  {
    title: '2. No Node.js integration for remote content',
    check: started =>
      ['nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames'].flatMap(name =>
        preference(name, false)(started),
      ),
    mutants: ['nodeIntegration', 'nodeIntegrationInWorker', 'nodeIntegrationInSubFrames'].map(name =>
      flipped(name, false),
    ),
  },
  {
    title: '3. Context isolation',
    check: preference('contextIsolation', true),
    mutants: [flipped('contextIsolation', true)],
  },
  {
    title: '4. Process sandboxing',
    check: started => [
      ...preference('sandbox', true)(started),
      ...wrong(started.modules.app.calls[0] !== 'enableSandbox', 'not enabled before everything else'),
    ],
    mutants: [{ file: 'shell.js', from: 'app.enableSandbox();', to: '' }, flipped('sandbox', true)],
  },
  {
    title: '5. Handle session permission requests from remote content',
    check: permissions,
    mutants: [
      { file: 'guards.js', from: 'callback(ALLOWED_PERMISSIONS.has(permission))', to: 'callback(true)' },
      { file: 'guards.js', from: '=> ALLOWED_PERMISSIONS.has(permission));', to: '=> true);' },
      {
        file: 'guards.js',
        from: 'setDevicePermissionHandler(() => false)',
        to: 'setDevicePermissionHandler(() => true)',
      },
    ],
  },
  {
    title: '6. Do not disable webSecurity',
    check: preference('webSecurity', true),
    mutants: [flipped('webSecurity', true)],
  },
  {
    title: '7. Content Security Policy',
    check: policy,
    mutants: [{ file: 'app-protocol.js', from: 'body), { headers }', to: 'body), {}' }],
  },
  {
    title: '8. No allowRunningInsecureContent',
    check: preference('allowRunningInsecureContent', false),
    mutants: [flipped('allowRunningInsecureContent', false)],
  },
  {
    title: '9. No experimental features',
    check: preference('experimentalFeatures', false),
    mutants: [flipped('experimentalFeatures', false)],
  },
  {
    title: '10. No enableBlinkFeatures',
    check: preference('enableBlinkFeatures', undefined),
    mutants: [{ file: 'windows.js', from: 'spellcheck: false,', to: "spellcheck: false, enableBlinkFeatures: 'X'," }],
  },
  {
    title: '11. No allowpopups, no webview tag',
    check: preference('webviewTag', false),
    mutants: [flipped('webviewTag', false)],
  },
  {
    title: '12. Verify webview options before creation: none is created',
    check: started => wrong(!isPrevented(started, 'will-attach-webview', {}), 'a webview attaches'),
    mutants: [{ file: 'guards.js', from: "contents.on('will-attach-webview'", to: "contents.on('x'" }],
  },
  {
    title: '13. Limit navigation',
    check: started => [
      ...['will-navigate', 'will-frame-navigate', 'will-redirect'].flatMap(name =>
        FOREIGN.filter(url => !isPrevented(started, name, { url })).map(url => `${name} ${url}`),
      ),
      ...wrong(isPrevented(started, 'will-navigate', { url: 'app://goldsmith/' }), 'it cannot be loaded again'),
    ],
    mutants: [
      { file: 'guards.js', from: '/#`)', to: '`)' },
      { file: 'guards.js', from: "contents.on('will-navigate'", to: "contents.on('x'" },
      { file: 'guards.js', from: "contents.on('will-frame-navigate'", to: "contents.on('x'" },
      { file: 'guards.js', from: "contents.on('will-redirect'", to: "contents.on('x'" },
    ],
  },
  {
    title: '14. Limit creation of new windows',
    check: ({ modules }) =>
      [...FOREIGN, 'app://goldsmith/'].filter(
        url => modules.windows[0]?.webContents.openHandler?.({ url }).action !== 'deny',
      ),
    mutants: [{ file: 'guards.js', from: "action: 'deny'", to: "action: 'allow'" }],
  },
  {
    title: '15. No shell.openExternal with untrusted content',
    check: external,
    mutants: [
      { file: 'external.js', from: 'HOSTS.has(url.hostname)', to: 'true' },
      { file: 'external.js', from: "url?.protocol === 'https:'", to: 'url !== undefined' },
      { file: 'external.js', from: "url.port === ''", to: 'true' },
      { file: 'external.js', from: "url.username === ''", to: 'true' },
    ],
  },
  {
    title: '16. A current version of Electron',
    check: current,
    mutants: [{ file: 'package.json', from: '"electron": "^45', to: '"electron": "^41' }],
  },
  {
    title: '17. Validate the sender of all IPC messages',
    check: senders,
    mutants: [
      { file: 'channels.js', from: '!isOurs(event, windows) || ', to: '' },
      { file: 'channels.js', from: ' || !parsed.success', to: '' },
      { file: 'channels.js', from: 'frame.parent === null', to: 'true' },
      { file: 'channels.js', from: 'windows.of(event.sender) !== undefined', to: 'true' },
      { file: 'channels.js', from: '&& isOurPage(frame.url)', to: '' },
    ],
  },
  {
    title: '18. No file:// protocol, a fixed list of files',
    check: started => [
      ...TRAVERSALS.filter(path => ask(started, `app://goldsmith${path}`).status !== 404),
      ...wrong(ask(started, 'app://evil/').status !== 404, 'another host'),
      ...wrong(ask(started, 'app://goldsmith/', 'POST').status !== 404, 'POST'),
      ...wrong(ask(started, 'app://goldsmith/index.html').status !== 200, 'the page itself is missing'),
      ...wrong(started.modules.schemes[0]?.privileges['bypassCSP'] !== false, 'the scheme bypasses the policy'),
    ],
    mutants: [
      { file: 'app-protocol.js', from: 'assets.get(path)', to: 'assets.get(new URL(request.url).pathname)' },
      { file: 'app-protocol.js', from: 'origin === APP_ORIGIN && ', to: '' },
      { file: 'app-protocol.js', from: "request.method === 'GET'", to: 'true' },
      { file: 'app-protocol.js', from: 'bypassCSP: false', to: 'bypassCSP: true' },
    ],
  },
  {
    title: '19. Fuses',
    check: fuses,
    mutants: [...FUSE_MUTANTS],
  },
  {
    title: '20. No Electron APIs exposed to the page',
    check: surface,
    mutants: [
      { file: 'preload.cjs', from: 'connect: () =>', to: 'raw: ipcRenderer, connect: () =>' },
      { file: 'preload.cjs', from: "send('goldsmith:connect')", to: "send('goldsmith:connect-all')" },
      {
        file: 'preload.cjs',
        from: "postMessage('goldsmith:port', location.origin",
        to: "postMessage('goldsmith:port', '*'",
      },
    ],
  },
];
