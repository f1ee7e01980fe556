import { type Language, ProblemError } from '@coderoom/protocol';

/** The languages of this server, and which of them a room begins with. */
export interface LanguageService {
  list(): Promise<Language[]>;
  /** Fails with `language_not_found`. */
  get(id: string): Promise<Language>;
  /** What a room gets that asks for none: the first of these that is installed, else simply the first. */
  preferred(): Promise<Language>;
}

export function createLanguageService(languages: () => Promise<Language[]>): LanguageService {
  return {
    list: languages,

    async get(id) {
      const all = await languages();
      const found = all.find((language) => language.id === id);
      if (found !== undefined) return found;
      const known = all.map((language) => language.id).join(', ');
      throw new ProblemError('language_not_found', { detail: `Languages known here: ${known}.` });
    },

    async preferred() {
      const all = await languages();
      const installed = all.filter((language) => language.installed);
      const candidates = installed.length > 0 ? installed : all;
      const preferred = ['python', 'javascript'].map((id) => candidates.find((language) => language.id === id));
      const language = preferred.find((found) => found !== undefined) ?? candidates[0];
      if (language === undefined) throw new Error('The sandbox knows no language');
      return language;
    },
  };
}
