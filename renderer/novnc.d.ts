/** The part of noVNC's API that we use (docs/API.md of 1.7): it brings no types of its own. */
interface NoVncChannel {
  binaryType: string;
  protocol: string;
  readyState: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: Uint8Array }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null;
  send(data: ArrayBuffer | Uint8Array): void;
  close(): void;
}

interface NoVncEvents {
  connect: CustomEvent;
  disconnect: CustomEvent<{ clean: boolean }>;
  clipboard: CustomEvent<{ text: string }>;
}

declare module '@novnc/novnc' {
  class RFB {
    constructor(target: HTMLElement, channel: NoVncChannel, options?: { shared?: boolean });
    viewOnly: boolean;
    focusOnClick: boolean;
    scaleViewport: boolean;
    clipViewport: boolean;
    background: string;
    disconnect(): void;
    focus(): void;
    blur(): void;
    sendKey(keysym: number, code: string, down?: boolean): void;
    clipboardPasteFrom(text: string): void;
    addEventListener<K extends keyof NoVncEvents>(type: K, listener: (event: NoVncEvents[K]) => void): void;
  }
  export default RFB;
}
