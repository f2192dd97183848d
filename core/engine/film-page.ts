/** The screen at one time; PNG as base64. */
export interface FilmPicture {
  /** Milliseconds since 1970. */
  atMs: number;
  png: string;
}

export interface FilmLine {
  atMs: number;
  kind: string;
  text: string;
}

export interface Film {
  title: string;
  failure?: string;
  pictures: FilmPicture[];
  lines: FilmLine[];
}

const inHtml = (text: string): string => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);

/** As a script may hold it: no text of a guest can end the script. */
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const STYLE = `
:root { color-scheme: light dark; font: 14px/1.4 system-ui, sans-serif }
body { margin: 0; display: grid; grid-template: auto auto 1fr / minmax(0, 3fr) minmax(0, 2fr); height: 100vh; overflow: hidden }
header { grid-column: 1 / 3; padding: .6rem 1rem }
h1 { font-size: 1rem; margin: 0 } header p { margin: .2rem 0 0; color: #c9190b }
#bar { grid-column: 1 / 3; display: flex; gap: .8rem; padding: 0 1rem .6rem; align-items: center }
#bar input { flex: 1 } #clock { font-variant-numeric: tabular-nums }
#screen { background: #000; display: grid; place-items: center; min-height: 0 }
#screen img { max-width: 100%; max-height: 100%; image-rendering: pixelated }
#log { overflow: auto; min-height: 0; margin: 0; padding: 0; list-style: none; font: 12px/1.5 ui-monospace, monospace }
#log li { padding: 0 .6rem; white-space: pre-wrap; overflow-wrap: anywhere; content-visibility: auto; contain-intrinsic-size: auto 18px; cursor: pointer }
#log li.now { background: color-mix(in srgb, CanvasText 15%, Canvas) }
#log b { font-weight: 400; opacity: .6 } #log .error { color: #c9190b } #log .step, #log .stage { font-weight: 700 }
@media (max-width: 60rem) { body { grid-template: auto auto 1fr 1fr / 1fr } header, #bar { grid-column: 1 } }
`;

const SCRIPT = `
const { pictures, lines } = film;
const times = [...pictures, ...lines].map(one => one.atMs);
const first = times.reduce((a, b) => Math.min(a, b)), last = times.reduce((a, b) => Math.max(a, b));
const by = id => document.getElementById(id);
const clock = ms => new Date(ms).toISOString().slice(11, 19);
const lastBefore = (list, ms) => { let a = 0, b = list.length; while (a < b) { const m = (a + b) >> 1; if (list[m].atMs <= ms) a = m + 1; else b = m; } return a - 1; };
const slider = by('time'), image = by('picture'), log = by('log');
slider.min = first; slider.max = last;
log.append(...lines.map((line, nth) => {
  const item = document.createElement('li'), time = document.createElement('b');
  time.textContent = clock(line.atMs) + ' ' + line.kind.padEnd(11) + ' ';
  item.append(time, line.text); item.className = line.kind; item.onclick = () => show(line.atMs, nth);
  return item;
}));
let current;
function show(ms, chosen) {
  slider.value = ms; by('clock').textContent = clock(ms) + ' (+' + Math.round((ms - first) / 1000) + ' s)';
  const picture = pictures[lastBefore(pictures, ms)];
  image.hidden = !picture; if (picture) image.src = 'data:image/png;base64,' + picture.png;
  current?.classList.remove('now');
  current = log.children[chosen ?? lastBefore(lines, ms)]; current?.classList.add('now');
  if (chosen === undefined) current?.scrollIntoView({ block: 'center' });
}
slider.oninput = () => show(Number(slider.value));
let timer;
by('play').onclick = () => {
  clearInterval(timer); timer = timer ? undefined : setInterval(() => {
    const next = pictures[lastBefore(pictures, Number(slider.value)) + 1];
    if (next) show(next.atMs); else { clearInterval(timer); timer = undefined; }
  }, 400);
};
addEventListener('keydown', event => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || event.target === slider) return;
  const picture = pictures[lastBefore(pictures, Number(slider.value)) + step]; if (picture) show(picture.atMs);
});
show(last);
`;

/** One page that needs no network, and may fetch nothing. */
export const filmPage = (film: Film): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${inHtml(film.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>${inHtml(film.title)}</h1>${film.failure === undefined ? '' : `<p>${inHtml(film.failure)}</p>`}</header>
<div id="bar"><button id="play" type="button">Play</button><input id="time" type="range" aria-label="Time"><span id="clock"></span></div>
<div id="screen"><img id="picture" alt="The screen of the machine"></div>
<ol id="log"></ol>
<script>const film = ${inScript({ pictures: film.pictures, lines: film.lines })};${SCRIPT}</script>
</body>
</html>
`;
