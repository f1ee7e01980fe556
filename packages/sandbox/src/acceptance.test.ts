import { testEveryLanguage } from '../test/every-language.ts';

await testEveryLanguage('cold');
