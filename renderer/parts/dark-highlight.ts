import { HighlightStyle } from '@codemirror/language';
import { tags } from '@lezer/highlight';

/** Colours of code on dark: each at least 4.5 to 1 on the editor's background. */
export const oneDarkHighlightStyle = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: '#c4a7ff' },
  { tag: [tags.propertyName, tags.attributeName, tags.definition(tags.variableName)], color: '#8ec7ff' },
  { tag: [tags.string, tags.special(tags.string)], color: '#9fdd8c' },
  { tag: [tags.number, tags.bool, tags.atom, tags.null], color: '#f2b872' },
  { tag: tags.comment, color: '#9aa3b2', fontStyle: 'italic' },
  { tag: [tags.tagName, tags.typeName], color: '#ff9d96' },
  { tag: tags.invalid, color: '#ff8080' },
]);
