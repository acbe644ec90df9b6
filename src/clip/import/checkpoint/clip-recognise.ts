import { fault } from '../../../domain/errors.js';
import { showName } from './checkpoint-types.js';

const MODEL_TYPES: ReadonlyMap<string, string> = new Map([
  ['siglip', 'SigLIP'],
  ['siglip2', 'SigLIP 2'],
  ['siglip_vision_model', "SigLIP's picture half"],
  ['siglip_text_model', "SigLIP's text half"],
  ['blip', 'BLIP'],
  ['blip-2', 'BLIP-2'],
  ['instructblip', 'InstructBLIP'],
  ['clip_vision_model', "CLIP's picture half alone"],
  ['clip_text_model', "CLIP's text half alone"],
  ['clip_vision_model_with_projection', "CLIP's picture half alone"],
  ['clip_text_model_with_projection', "CLIP's text half alone"],
  ['chinese_clip', 'Chinese-CLIP, whose text half is a BERT'],
  ['altclip', 'AltCLIP, whose text half is an XLM-RoBERTa'],
  ['clipseg', 'CLIPSeg'],
  ['align', 'ALIGN'],
  ['metaclip_2', 'MetaCLIP 2'],
  ['vision-text-dual-encoder', 'a VisionTextDualEncoder'],
  ['vit', 'a ViT, which has no text half'],
  ['deit', 'a DeiT, which has no text half'],
  ['swin', 'a Swin transformer, which has no text half'],
  ['dinov2', 'DINOv2, which has no text half'],
  ['convnext', 'a ConvNeXt, which has no text half'],
  ['resnet', 'a ResNet, which has no text half'],
  ['bert', 'BERT, which has no picture half'],
  ['roberta', 'RoBERTa, which has no picture half'],
  ['xlm-roberta', 'XLM-RoBERTa, which has no picture half'],
  ['distilbert', 'DistilBERT, which has no picture half'],
  ['mpnet', 'MPNet, which has no picture half'],
]);

/** Names that only one architecture has, most telling first. */
const MARKS: readonly (readonly [RegExp, string])[] = [
  [/^vision_model\.head\.|^text_model\.head\.|^logit_bias$/, 'SigLIP'],
  [/^(vision_model\.encoder\.layers\.0\.self_attn\.qkv\.|text_decoder\.|itm_head\.)/, 'BLIP'],
  [/^(qformer|query_tokens)/, 'BLIP-2'],
  [/^visual\.trunk\./, 'an open_clip model with a picture tower of timm'],
  [/^visual\.layer1\./, 'a CLIP whose picture tower is a ResNet'],
  [/^(vit|deit)\.(embeddings|encoder)\./, 'a ViT, which has no text half'],
  [/^(cls_token|blocks\.0\.attn\.qkv\.)/, 'a ViT of timm, which has no text half'],
  [/^((bert|roberta)\.)?embeddings\.word_embeddings\./, 'a text encoder like BERT, which has no picture half'],
  [/^distilbert\./, 'DistilBERT, which has no picture half'],
  [/^text_model\.(embeddings\.word_embeddings|encoder\.layer)\./, 'Chinese-CLIP or AltCLIP, whose text half is a BERT'],
];

/** @throws `model_not_clip` when config.json is that of another architecture */
export function notClipByConfig(config: unknown): void {
  if (typeof config !== 'object' || config === null || !('model_type' in config)) return;
  const type = config.model_type;
  if (typeof type !== 'string' || type === 'clip') return;
  throw notClip(MODEL_TYPES.get(type) ?? `a model of the type ${JSON.stringify(showName(type))}`, 'config.json');
}

/** @throws `model_not_clip` when the names of the tensors are those of another architecture, or of half a CLIP */
export function notClipByTensors(names: readonly string[]): void {
  for (const [mark, what] of MARKS) {
    const name = names.find((candidate) => mark.test(candidate));
    if (name !== undefined) throw notClip(what, `the tensor ${showName(name)}`);
  }
  const vision = names.some((name) => name.startsWith('vision_model.'));
  const text = names.some((name) => name.startsWith('text_model.'));
  if (vision && !text) throw notClip("CLIP's picture half alone", 'its tensors, none of which is of a text_model');
  if (text && !vision) throw notClip("CLIP's text half alone", 'its tensors, none of which is of a vision_model');
  if (!text && !vision) {
    throw notClip(
      'something else',
      `its tensors, ${names.slice(0, 3).map(showName).join(', ') || 'of which there are none'} …`,
    );
  }
}

function notClip(what: string, evidence: string): Error {
  return fault(
    'model_not_clip',
    `Expected a CLIP model with both halves (transformers' CLIPModel), but this is ${what}, by ${evidence}; only CLIP models can be used.`,
  );
}
