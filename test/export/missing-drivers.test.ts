import { expect, it } from 'vitest';
import { missingDrivers } from '../../core/export/missing-drivers.ts';

const CLOUD = { name: 'linux-image-6.12.107+deb13-cloud-amd64', version: '1', arch: 'amd64' };
const META = { name: 'linux-image-cloud-amd64', version: '1', arch: 'amd64' };
const ORDINARY = { name: 'linux-image-6.12.107+deb13-amd64', version: '1', arch: 'amd64' };

it("says that a cloud kernel knows neither VirtualBox's card nor LSI's controller", () => {
  expect(missingDrivers({ packages: [CLOUD, META] }, ['e1000', 'sata'])).toMatch(
    /^The image's kernel \(linux-image-6\.12\.107\+deb13-cloud-amd64\) has no driver for the e1000 of this machine\. Apply the role/,
  );
  expect(missingDrivers({ packages: [CLOUD] }, ['e1000', 'lsilogic'])).toContain('the e1000 and the lsilogic');
});

it('is silent where the driver is, where another kernel is, and where nobody knows', () => {
  expect(missingDrivers({ packages: [CLOUD, META] }, ['vmxnet3', 'sata'])).toBeUndefined();
  expect(missingDrivers({ packages: [CLOUD, ORDINARY] }, ['e1000'])).toBeUndefined();
  expect(missingDrivers({ packages: [] }, ['e1000'])).toBeUndefined();
  expect(missingDrivers({}, ['e1000'])).toBeUndefined();
});
