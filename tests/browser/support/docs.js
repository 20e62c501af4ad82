// A wiki in three languages for the front ends of others: [path, text] of each page.

const front = (title, tags) => `---\ntitle: ${title}\ntags: ${tags}\neditor: markdown\ndateCreated: 2026-01-02T03:04:05.678Z\n---\n\n`;

export const DOCS = [
  ['Redes/Fibra/Emenda_de_fibra.md', `${front('Emenda de fibra', 'fibra, rede')}A emenda une duas fibras. Use "clivador" & álcool.

## Preparação da fibra

Limpe a fibra com álcool isopropílico antes da emenda.

## 2. Fusão <rápida>

A máquina mede a perda da emenda.
`],
  ['Redes/Fibra/Caixa_de_emenda.md', `${front('Caixa de emenda', 'fibra')}Guarda cada emenda da fibra, com reserva de cabo.\n`],
  ['Redes/Roteador.md', `${front('Roteador & ponte', 'rede, equipamento')}O roteador repassa pacotes; em modo ponte, não.\n\n## Reinício\n\nReinicie o roteador pelo painel.\n`],
  ['Financeiro/Boleto.md', `${front('Boleto', 'cobrança')}O boleto vence em dez dias.\n`],
  ['Sem_pasta.md', `${front('Página sem pasta', 'geral')}Fala de jabuticaba.\n`],
  ['en/Networks/Splicing.md', `${front('Fibre splicing', 'fibra')}A splice joins two fibres. The word emenda is its name in Portuguese.\n`],
  ['es/Redes/Empalme.md', `${front('Empalme de fibra', 'fibra')}Un empalme une dos fibras; en portugués, emenda.\n`],
  ...Array.from({ length: 23 }, (_, n) => [
    `Chamados/Chamado_${n + 1}.md`, `${front(`Chamado ${n + 1}`, n % 2 ? 'aberto' : 'fechado')}Registro de girassol, número ${n + 1}.\n`,
  ]),
];

/** Where their addresses begin: absolute, as Docusaurus and VitePress need them. */
export const BASE = 'https://wiki.example.org/';
export const SETTINGS = { ACHEI_CONTENT__URL_BASE: BASE };
