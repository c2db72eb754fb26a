"""The environment variables that `template.yaml` gives a function, worked out.

>>> resolver = Resolver({"Parameters": {"Days": {"Default": 3}}}, {"Key.Arn": "arn:1"})
>>> resolver.text({"Fn::Join": [",", [{"Fn::Sub": "1=active=${Key.Arn}"}, {"Ref": "Days"}]]})
'1=active=arn:1,3'
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOTHING = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True)
class Resolver:
    """Works out the functions of CloudFormation that our variables use.

    `given` has the values of parameters and resources: `Table`, `MasterKey1.Arn`.
    """

    template: Mapping[str, Any]
    given: Mapping[str, str]

    def variables(self, function: str) -> dict[str, str]:
        """The variables of a function, by its logical id: those of all, then its own."""
        of_all = self.template["Globals"]["Function"]["Environment"]["Variables"]
        properties = self.template["Resources"][function]["Properties"]
        own = properties.get("Environment", {}).get("Variables", {})
        return {name: self.text(value) for name, value in (of_all | own).items()}

    def text(self, value: Any) -> str:
        match value:
            case {"Ref": name} | {"Fn::GetAtt": name}:
                return self._named(name if isinstance(name, str) else ".".join(name))
            case {"Fn::Sub": str(pattern)}:
                return re.sub(r"\$\{([^}]+)}", lambda found: self._named(found[1]), pattern)
            case {"Fn::If": _}:
                return self.text(self._chosen(value))
            case {"Fn::Join": [str(separator), parts]}:
                return separator.join(self._list(parts))
            case str() | int():
                return str(value)
        raise LookupError(f"teach this resolver {value}")

    def _named(self, name: str) -> str:
        if name in self.given:
            return self.given[name]
        return str(self.template["Parameters"][name]["Default"])

    def _list(self, value: Any) -> list[str]:
        if isinstance(value, dict):  # a parameter that is a list
            return self.text(value).split(",")
        chosen = [self._chosen(each) for each in value]
        return [self.text(each) for each in chosen if each != NOTHING]

    def _chosen(self, value: Any) -> Any:
        match value:
            case {"Fn::If": [str(condition), then, otherwise]}:
                holds = self._holds(self.template["Conditions"][condition])
                return self._chosen(then if holds else otherwise)
        return value

    def _holds(self, condition: Any) -> bool:
        match condition:
            case {"Fn::Equals": [one, other]}:
                return self.text(one) == self.text(other)
            case {"Fn::Not": [inner]}:
                return not self._holds(inner)
        raise LookupError(f"teach this resolver {condition}")
