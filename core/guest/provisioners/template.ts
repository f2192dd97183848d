/** Fills `{{ .Name }}` in a provisioner's `execute_command`; a pipe is not used there in practice and stays. */
export const fillTemplate = (text: string, values: Record<string, string>): string =>
  text.replace(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (all, name: string) => values[name] ?? all);

/** `KEY='value' ...` as Packer puts before a command. */
export const environmentWords = (environment: Record<string, string>): string =>
  Object.entries(environment)
    .map(([name, value]) => `${name}='${value.replaceAll("'", `'"'"'`)}' `)
    .join('');
