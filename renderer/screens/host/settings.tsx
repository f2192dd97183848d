import { Button, Card, CardBody, CardTitle, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useState } from 'react';
import { DriverField } from '../../parts/driver-field.tsx';
import { useLab } from '../../state/lab.ts';
import { allowNotifications, notificationPermission } from '../../state/notify.ts';
import { setTheme, type Theme, useTheme } from '../../state/theme.ts';

/** What this browser or window remembers of you. */
export function Settings() {
  const theme = useTheme(state => state.theme);
  const about = useLab(lab => lab.about);
  const [permission, setPermission] = useState(notificationPermission);
  return (
    <Card>
      <CardTitle component="h2">Settings</CardTitle>
      <CardBody className="gs-settings">
        <div className="gs-row">
          <label htmlFor="setting-theme">Theme</label>
          <FormSelect
            id="setting-theme"
            className="gs-short"
            value={theme}
            onChange={(_event, value) => setTheme(value as Theme)}
          >
            <FormSelectOption value="system" label="As the system" />
            <FormSelectOption value="light" label="Light" />
            <FormSelectOption value="dark" label="Dark" />
          </FormSelect>
        </div>
        <div className="gs-row">
          <label htmlFor="setting-driver">Machines run with</label>
          <DriverField id="setting-driver" />
        </div>
        <div className="gs-row">
          <span>Notification when a long build ends</span>
          {permission === 'granted' ? (
            <span className="gs-good">on</span>
          ) : (
            <Button
              variant="secondary"
              isDisabled={permission === 'denied'}
              onClick={() => void allowNotifications().then(setPermission)}
            >
              {permission === 'denied' ? 'Refused by the browser' : 'Allow'}
            </Button>
          )}
        </div>
        <p className="gs-muted">
          Goldsmith {about?.version} on {about?.host}. Everything is kept in{' '}
          <span className="gs-mono">{about?.home}</span>; set GOLDSMITH_HOME to move it.
        </p>
      </CardBody>
    </Card>
  );
}
