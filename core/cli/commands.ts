import type { Command } from 'commander';
import type { Cli } from './cli.ts';

/** A command's line in the help, and how its module is loaded when it is the one that runs. */
export interface CommandEntry {
  summary: string;
  register(program: Command, cli: Cli): Promise<void>;
}

/** In the order of the help. Only the module of the command that runs is loaded: starting must stay quick. */
export const COMMANDS: Record<string, CommandEntry> = {
  build: {
    summary: 'build an image: from its ISO to a tested release',
    register: async (program, cli) => (await import('./commands/build.ts')).registerBuild(program, cli),
  },
  plan: {
    summary: 'show everything a build would do, and make nothing',
    register: async (program, cli) => (await import('./commands/plan.ts')).registerPlan(program, cli),
  },
  recipes: {
    summary: 'list the built-in recipes, or look for newer ISOs',
    register: async (program, cli) => (await import('./commands/recipes.ts')).registerRecipes(program, cli),
  },
  new: {
    summary: 'make a lab from a built-in recipe',
    register: async (program, cli) => (await import('./commands/new.ts')).registerNew(program, cli),
  },
  lint: {
    summary: 'check answer files before anything boots',
    register: async (program, cli) => (await import('./commands/lint.ts')).registerLint(program, cli),
  },
  'export-template': {
    summary: 'write an image as a Packer template',
    register: async (program, cli) =>
      (await import('./commands/export-template.ts')).registerExportTemplate(program, cli),
  },
  builds: {
    summary: 'list the builds',
    register: async (program, cli) => (await import('./commands/builds.ts')).registerBuilds(program, cli),
  },
  show: {
    summary: 'show one build: steps, tests, files, failure',
    register: async (program, cli) => (await import('./commands/show.ts')).registerShow(program, cli),
  },
  log: {
    summary: 'print the log of a build, or follow it',
    register: async (program, cli) => (await import('./commands/log.ts')).registerLog(program, cli),
  },
  explain: {
    summary: 'say why a build failed, and what to try',
    register: async (program, cli) => (await import('./commands/explain.ts')).registerExplain(program, cli),
  },
  film: {
    summary: 'write screen and log of a build as one HTML file',
    register: async (program, cli) => (await import('./commands/film.ts')).registerFilm(program, cli),
  },
  checkpoints: {
    summary: 'list the moments a build can go back to, or save one',
    register: async (program, cli) => (await import('./commands/checkpoints.ts')).registerCheckpoints(program, cli),
  },
  compare: {
    summary: 'compare two builds, or two branches of one',
    register: async (program, cli) => (await import('./commands/compare.ts')).registerCompare(program, cli),
  },
  rewind: {
    summary: 'go back to a moment of a build, and on from there',
    register: async (program, cli) => (await import('./commands/rewind.ts')).registerRewind(program, cli),
  },
  snapshot: {
    summary: 'save a test machine, or go back to where it was saved',
    register: async (program, cli) => (await import('./commands/snapshot.ts')).registerSnapshot(program, cli),
  },
  images: {
    summary: 'list images, their releases and channels',
    register: async (program, cli) => (await import('./commands/images.ts')).registerImages(program, cli),
  },
  resolve: {
    summary: 'print the path of a release',
    register: async (program, cli) => (await import('./commands/resolve.ts')).registerResolve(program, cli),
  },
  run: {
    summary: 'start a throwaway VM from a release',
    register: async (program, cli) => (await import('./commands/run.ts')).registerRun(program, cli),
  },
  cache: {
    summary: 'list or remove the stages that later builds begin from',
    register: async (program, cli) => (await import('./commands/cache.ts')).registerCache(program, cli),
  },
  vm: {
    summary: 'long-lived machines from releases, in a libvirt',
    register: async (program, cli) => (await import('./commands/vm.ts')).registerVm(program, cli),
  },
  console: {
    summary: 'use the serial console of a build or VM',
    register: async (program, cli) => (await import('./commands/console.ts')).registerConsole(program, cli),
  },
  shell: {
    summary: 'open a shell in a guest, also beside its installer',
    register: async (program, cli) => (await import('./commands/shell.ts')).registerShell(program, cli),
  },
  ssh: {
    summary: 'log in to a build or VM',
    register: async (program, cli) => (await import('./commands/ssh.ts')).registerSsh(program, cli),
  },
  serve: {
    summary: 'serve the app to a browser, on 127.0.0.1 only',
    register: async (program, cli) => (await import('./commands/serve.ts')).registerServe(program, cli),
  },
  'serve-answers': {
    summary: 'serve installer answers to real machines and PXE',
    register: async (program, cli) => (await import('./commands/serve-answers.ts')).registerServeAnswers(program, cli),
  },
  promote: {
    summary: 'point a channel at a release',
    register: async (program, cli) => (await import('./commands/promote.ts')).registerPromote(program, cli),
  },
  export: {
    summary: 'hand a release on: VHD, OVA, cloud archives, boxes',
    register: async (program, cli) => (await import('./commands/export.ts')).registerExport(program, cli),
  },
  import: {
    summary: 'take an image from outside as a base',
    register: async (program, cli) => (await import('./commands/import.ts')).registerImport(program, cli),
  },
  verify: {
    summary: 'check a release, or a folder that export made',
    register: async (program, cli) => (await import('./commands/verify.ts')).registerVerify(program, cli),
  },
  rm: {
    summary: 'remove releases, builds or kept VMs',
    register: async (program, cli) => (await import('./commands/rm.ts')).registerRm(program, cli),
  },
  clean: {
    summary: 'recover what crashes left and free space',
    register: async (program, cli) => (await import('./commands/clean.ts')).registerClean(program, cli),
  },
  iso: {
    summary: 'make one of the built-in installer ISOs',
    register: async (program, cli) => (await import('./commands/iso.ts')).registerIso(program, cli),
  },
  doctor: {
    summary: 'check this host and say how to fix what is missing',
    register: async (program, cli) => (await import('./commands/doctor.ts')).registerDoctor(program, cli),
  },
};
