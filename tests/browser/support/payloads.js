// A wiki that tries to run scripts in whoever shows it: [path, text] of each page. Each payload calls `ran(n)`, or asks the
// canary for something; the word `carga` stands in all of them, so that a highlight comes to stand in their midst.

/** Payloads as they may stand in any text; `at` is the canary's address. */
export const payloads = (at) => [
  `<img src=${at}/1 onerror=ran(1)> carga`,
  `"><script>ran(2)</script> carga`,
  `'"><svg/onload=ran(3)> carga`,
  `</mark><img src=${at}/4 onerror="ran(4)"> carga <mark>`,
  `<mark onmouseover=ran(5) style=position:fixed;inset:0>carga</mark>`,
  `&lt;img src=${at}/6 onerror=ran(6)&gt; carga`,
  `&#60;img src=${at}/7 onerror=ran(7)&#62; carga`,
  `&amp;lt;script&amp;gt;ran(8)&amp;lt;/script&amp;gt; carga`,
  `<img src=${at}/carga onerror=carga=ran(9)>`,
  `--><iframe src=javascript:ran(10)></iframe> carga`,
  `</title></textarea></script><script>ran(11)</script> carga`,
  `carga \u2028<script>ran(12)</script>\u2029`,
  `__ais-highlight__<img src=${at}/13 onerror=ran(13)>__/ais-highlight__ carga`,
  `<style>@import '${at}/14'</style><link rel=stylesheet href=${at}/14> carga`,
  `<math><mtext><table><mglyph><style><img src=${at}/15 onerror=ran(15)> carga`,
  `{{constructor.constructor('ran(16)')()}} \${ran(16)} carga`,
  `<a href="javascript:ran(17)">carga</a> <form action=${at}/17><button>carga</button></form>`,
  `<base href=${at}/18/> <meta http-equiv=refresh content="0;url=${at}/18"> carga`,
];

/** What may stand in the name of a file or folder: no slash, and not so long. */
const named = (text) => text.replaceAll('/', '∕').slice(0, 60);

/** The pages: each payload as title, tag, heading, anchor, prose, code, alt text, link and file name. */
export function hostileWiki(at) {
  return payloads(at).map((payload, n) => [
    `${named(payload)}/carga ${n} ${named(payload)}.md`,
    `---
title: ${payload.replaceAll(/[\u2028\u2029]/g, ' ')} título ${n}
description: ${payload}
tags: ${payload.replaceAll(',', '')}, carga
editor: markdown
dateCreated: 2026-01-02T03:04:05.678Z
---

Prosa ${n}: ${payload} fim.

Código \`${payload}\` fim, entidade &lt;img src=${at}/e${n} onerror=ran(${n})&gt; carga fim.

## Título \`${payload}\` seção ${n} {#"><img src=${at}/a${n} onerror=ran(${n})>}

![${payload}](${at}/imagem "${payload}") [carga](javascript:ran(${n})) [carga](data:text/html,<script>ran(${n})</script>) [carga](vbscript:ran(${n}))

\`\`\`html
<b>carga</b> ${payload}
\`\`\`

### ${payload.replaceAll('<', '\\<').replaceAll('&', '\\&')} carga

carga de novo.
`,
  ]);
}
