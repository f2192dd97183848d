import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useEffect, useState } from 'react';
import type { Answers } from '../../../electron/ipc/contract.ts';
import { call, useConnection } from '../../link/engine.ts';
import { NewLabDialog } from './new-lab-dialog.tsx';

type BuiltInRecipe = Answers['recipes'][number];

/** Recipes that come with Goldsmith: a lab of the user's own is made from one. */
export function BuiltIn() {
  const [recipes, setRecipes] = useState<BuiltInRecipe[]>([]);
  const [chosen, setChosen] = useState<BuiltInRecipe>();
  const epoch = useConnection(connection => connection.epoch);
  useEffect(() => {
    if (epoch > 0) void call('recipes', {}).then(reply => reply.ok && setRecipes(reply.value));
  }, [epoch]);
  if (recipes.length === 0) return null;
  return (
    <Card>
      <CardTitle component="h2">Begin a lab with a built-in recipe</CardTitle>
      <CardBody>
        <div className="gs-built-in">
          {recipes.map(recipe => (
            <Button key={recipe.name} variant="secondary" onClick={() => setChosen(recipe)}>
              {recipe.title}
            </Button>
          ))}
        </div>
        <p className="gs-muted">
          Installed for real by the tests:{' '}
          {recipes
            .filter(({ wasRun }) => wasRun)
            .map(({ title }) => title)
            .join(', ')}
          . The others are covered up to the installer itself.
        </p>
      </CardBody>
      {chosen && <NewLabDialog recipe={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}
