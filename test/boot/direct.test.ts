import { describe, expect, it } from 'vitest';
import { kernelArguments } from '../../core/boot/direct.ts';

describe("the kernel's arguments of a boot command", () => {
  it.each([
    [
      [
        'c<wait>',
        'linux /install.amd/vmlinuz auto=true url={{ .HTTPIP }} ---<enter><wait>',
        'initrd /i<enter>',
        'boot<enter>',
      ],
      'auto=true url={{ .HTTPIP }} ---',
    ],
    [['<esc><wait>', '/install.amd/vmlinuz initrd=/install.amd/initrd.gz auto=true<wait> a=b<enter>'], 'auto=true a=b'],
    [
      ['c<wait>', 'linux /casper/vmlinuz autoinstall ds=nocloud\\;s=http://{{ .HTTPIP }}/ ---<enter>'],
      'autoinstall ds=nocloud;s=http://{{ .HTTPIP }}/ ---',
    ],
    [
      ['linux /casper/vmlinuz ds="nocloud;s=http://{{ .HTTPIP }}/" x={{ .SSHPublicKey | urlquery }}<enter>'],
      'ds=nocloud;s=http://{{ .HTTPIP }}/ x={{ .SSHPublicKey | urlquery }}',
    ],
    [
      [
        '<up><wait>',
        'e<wait2>',
        '<down><down><end><wait>',
        ' inst.ks=http://{{ .HTTPIP }}/ks.cfg quiet',
        '<leftCtrlOn>x<leftCtrlOff>',
      ],
      'inst.ks=http://{{ .HTTPIP }}/ks.cfg quiet',
    ],
    [['<up><wait>', '<tab><wait>', ' inst.text inst.ks=x<enter>'], 'inst.text inst.ks=x'],
    [['<wait>e<down><end> autoinstall<wait><f10>'], 'autoinstall'],
  ])('of %j are %s', (command, expected) => {
    expect(kernelArguments(command)).toBe(expected);
  });

  it('are missed in one that types none', () => {
    expect(() => kernelArguments(['S<enter>', 'ftp -o /x http://h/<enter>'])).toThrow(/no `linux` line/);
  });
});
