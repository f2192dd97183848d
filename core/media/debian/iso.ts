export async function makeDebianIso(_o: object): Promise<{ path: string; sha256: string; notes: string[] }> { throw new Error('wip'); }
