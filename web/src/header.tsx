import { address, hrefOf, VIEWS } from './state/address.js';
import { switchTheme, theme } from './state/theme.js';
import { chooseLanguage, LANGUAGES, type Language, language, nameOfLanguage, t } from './text/language.js';
import { Icon } from './ui/icon.js';
import { IconButton } from './ui/icon-button.js';

export function Header() {
  const text = t.value.header;
  const other = theme.value === 'dark' ? text.toLight : text.toDark;
  return (
    <header class="header">
      <h1 class="brand">
        <Icon name="pin" />
        streetdex
      </h1>
      <nav aria-label={text.views}>
        {VIEWS.map((view) => (
          <a key={view} href={hrefOf(view)} aria-current={address.value.view === view ? 'page' : undefined}>
            {text.view[view]}
          </a>
        ))}
      </nav>
      <div class="header-tools">
        <label>
          <span class="unseen">{text.language}</span>
          <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
            {LANGUAGES.map((code) => (
              <option key={code} value={code} lang={code}>
                {nameOfLanguage(code)}
              </option>
            ))}
          </select>
        </label>
        <IconButton icon={theme.value === 'dark' ? 'sun' : 'moon'} label={other} title={other} onClick={switchTheme} />
      </div>
    </header>
  );
}
