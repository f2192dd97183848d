import { describe, expect, it } from 'vitest';
import { hasPacker } from './oracle.ts';
import { ourPlaces, packerKeys, places } from './typing.ts';

/** Commands with everything that public templates write; the waits, which only take time, are left out of both. */
const COMMANDS: string[] = [
  'abc XYZ 019',
  '~!@#$%^&*()_+{}|:"<>?`-=[]\\;\',./ ',
  '<esc><wait>auto url=http://{{ .HTTPIP }}:{{ .HTTPPort }}/preseed.cfg<enter><wait10>',
  '<bs><del><enter><return><esc><tab><spacebar><insert><home><end><pageUp><pageDown>',
  '<f1><f2><f3><f4><f5><f6><f7><f8><f9><f10><f11><f12>',
  '<up><down><left><right>',
  '<leftAlt><rightAlt><leftCtrl><rightCtrl><leftShift><rightShift><leftSuper><rightSuper>',
  '<leftCtrlOn>c<leftCtrlOff><leftAltOn><f2><leftAltOff><leftSuperOn>r<leftSuperOff>',
  '<leftShiftOn>abc<leftShiftOff><cOn><cOff><COn><COff>',
  '<LEFTCTRLON>x<leftctrloff><Enter><ESC><F10>',
  '<foo> a <b or c> <waitwhat> < <<enter>> <>',
  'if a<b then {{ .Name }}<enter>',
  'one\ntwo\tthree<enter>',
  '<leftCtrlOn><leftAltOn><del><leftAltOff><leftCtrlOff>',
  '<up><wait1m20s><wait300ms><wait1.5h>x',
  '{{ .HTTPIP | urlquery }}{{ .Name | urlquery }}',
  'linux /boot/vmlinuz ks=hd:LABEL=X:/ks.cfg inst.text "quoted" \'single\' $HOME %d<enter>',
];

describe.skipIf(!hasPacker)('the keys of boot commands are those of Packer', () => {
  it(`${COMMANDS.length} commands, key by key`, async () => {
    const theirs = await packerKeys(COMMANDS);
    for (const [nth, command] of COMMANDS.entries()) {
      const keys = theirs[nth];
      expect(keys, command).toBeDefined();
      expect(ourPlaces(command, `c${nth}`), command).toEqual(places(keys ?? []));
    }
  });
});
