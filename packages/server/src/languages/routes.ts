import { RunAbilities } from '@coderoom/protocol';
import { Type } from 'typebox';
import type { Http } from '../gateway/http.ts';
import { problems, withoutToken } from '../gateway/openapi.ts';
import type { LanguageService } from './service.ts';

export function registerLanguageRoutes(http: Http, languages: LanguageService, abilities: () => RunAbilities): void {
  http.get(
    '/api/v2/languages',
    {
      schema: {
        operationId: 'listLanguages',
        security: withoutToken,
        tags: ['languages'],
        summary: 'The languages that are known here, and whether they can be run',
        response: {
          200: Type.Object(
            { items: Type.Array(Type.Ref('Language')), execution: RunAbilities },
            { description: 'in the order to show them, and how they are run' },
          ),
          ...problems(),
        },
      },
    },
    async () => ({ items: await languages.list(), execution: abilities() }),
  );
}
