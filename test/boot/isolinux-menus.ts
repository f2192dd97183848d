import type { Content } from './isolinux-medium.ts';

/**
 * The vendors' menus of ISOLINUX, without their colours: what they begin with, what they choose after how long, and
 * the line of each entry.
 */

/** Debian 12 and 13 (debian-installer, build/boot/x86), as its netinst has it: after 30 s it speaks. */
export const DEBIAN: Content = {
  'isolinux/isolinux.cfg': `# D-I config version 2.0
path
prompt 0
timeout 0
include menu.cfg
default vesamenu.c32
`,
  'isolinux/menu.cfg': `menu hshift 4
menu width 70

menu title Debian GNU/Linux installer menu (BIOS mode)
include stdmenu.cfg
include gtk.cfg
include txt.cfg
menu begin advanced
    menu label ^Advanced options
	menu title Advanced options
	label mainmenu
		menu label ^Back..
		menu exit
menu end
include spkgtk.cfg
`,
  'isolinux/stdmenu.cfg': `menu vshift 8
menu rows 12
menu helpmsgrow 14
menu cmdlinerow 16
menu timeoutrow 16
menu tabmsgrow 18
menu tabmsg Press ENTER to boot or TAB to edit a menu entry
`,
  'isolinux/gtk.cfg': `default installgui
label installgui
	menu label ^Graphical install
	menu default
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/gtk/initrd.gz --- quiet
`,
  'isolinux/txt.cfg': `label install
	menu label ^Install
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz --- quiet
`,
  'isolinux/spkgtk.cfg': `label installspk
	menu label Install with ^speech synthesis
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/gtk/initrd.gz speakup.synth=soft --- quiet
timeout 300
ontimeout /install.amd/vmlinuz vga=788 initrd=/install.amd/gtk/initrd.gz speakup.synth=soft --- quiet
menu autoboot Press a key, otherwise speech synthesis will be started in # second{,s}...
`,
};

/** RHEL 9 and its kin (lorax, config_files/x86/isolinux.cfg): the second entry is chosen after a minute. */
export const ofLorax = (product: string, label: string): Content => ({
  'isolinux/isolinux.cfg': `default vesamenu.c32
timeout 600

display boot.msg

menu clear
menu background splash.png
menu title ${product}
menu vshift 8
menu rows 18
menu margin 8
menu helpmsgrow 15
menu tabmsgrow 13
menu tabmsg Press Tab for full configuration options on menu items.

menu separator # insert an empty line
menu separator # insert an empty line

label linux
  menu label ^Install ${product}
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=${label} quiet

label check
  menu label Test this ^media & install ${product}
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=${label} rd.live.check quiet

menu separator # insert an empty line

# utilities submenu
menu begin ^Troubleshooting
  menu title Troubleshooting ${product}

label rescue
  menu indent count 5
  menu label ^Rescue a ${product} system
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=${label} inst.rescue quiet

menu separator # insert an empty line

label local
  menu label Boot from ^local drive
  localboot 0xffff

label returntomain
  menu label Return to ^main menu
  menu exit

menu end
`,
});
